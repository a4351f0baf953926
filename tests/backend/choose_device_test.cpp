#include <gtest/gtest.h>

#include "backend/cuda/probe.hpp"
#include "radloom/error.hpp"

namespace radloom::backend {
namespace {

CudaReport a_device(int ordinal, const char* name, const char* why_not = "") {
  return {ordinal, name, std::size_t(80) << 30, 8, 0, 108, why_not};
}
const CudaProbe none{{}, "no NVIDIA driver is installed"};
const CudaProbe one{{a_device(0, "NVIDIA A100")}, ""};
const CudaProbe three{
    {a_device(0, "NVIDIA A100"), a_device(1, "NVIDIA T4", "it is too old"), a_device(2, "NVIDIA H100")}, ""};
const CudaProbe old{{a_device(0, "NVIDIA T4", "it is too old")}, ""};

ErrorCode code_of(const std::string& device, const CudaProbe& probe, const std::string& says) {
  try {
    choose_device(device, probe);
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find(says), std::string::npos) << e.what();
    return e.code();
  }
  ADD_FAILURE() << device << " was taken";
  return ErrorCode::internal;
}

TEST(ChooseDevice, CpuIsTakenWithoutAWord) {
  EXPECT_TRUE(choose_device("cpu", three).cuda.empty());
  EXPECT_EQ(choose_device("cpu", three).why, "");
}

TEST(ChooseDevice, AutoTakesWhatCanBeUsedAndSaysWhy) {
  EXPECT_TRUE(choose_device("auto", none).cuda.empty());
  EXPECT_EQ(choose_device("auto", none).why, "no NVIDIA driver is installed");
  EXPECT_EQ(choose_device("auto", one).cuda, std::vector{0});
  EXPECT_EQ(choose_device("auto", one).why, "NVIDIA A100, 80.0 GiB, compute capability 8.0, 108 multiprocessors");
  EXPECT_EQ(choose_device("auto", three).cuda, (std::vector{0, 2}));
  EXPECT_TRUE(choose_device("auto", old).cuda.empty());
  EXPECT_EQ(choose_device("auto", old).why, "cuda:0 (NVIDIA T4): it is too old");
}

TEST(ChooseDevice, ANamedDeviceIsTakenOrAnError) {
  EXPECT_EQ(choose_device("cuda", three).cuda, (std::vector{0, 2}));
  EXPECT_EQ(choose_device("cuda:2", three).cuda, std::vector{2});
  EXPECT_EQ(choose_device("cuda:2", three).why, "");
  EXPECT_EQ(code_of("cuda", none, "no NVIDIA driver is installed"), ErrorCode::device_unavailable);
  EXPECT_EQ(code_of("cuda:0", none, "no NVIDIA driver is installed"), ErrorCode::device_unavailable);
  EXPECT_EQ(code_of("cuda", old, "it is too old"), ErrorCode::device_unavailable);
  EXPECT_EQ(code_of("cuda:1", three, "NVIDIA T4: it is too old"), ErrorCode::device_unavailable);
  EXPECT_EQ(code_of("cuda:1", one, "there is one device, cuda:0"), ErrorCode::device_unavailable);
  EXPECT_EQ(code_of("cuda:99999", three, "cuda:0 to cuda:2"), ErrorCode::device_unavailable);
}

TEST(ChooseDevice, OtherNamesMeanNothing) {
  for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:1x", "cuda:-1", "CUDA", "cuda:99999999999", "cuda: 1"})
    EXPECT_EQ(code_of(name, three, "use auto, cpu, cuda or cuda:N"), ErrorCode::usage) << name;
}

}  // namespace
}  // namespace radloom::backend
