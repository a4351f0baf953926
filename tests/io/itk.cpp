#include "io/itk.hpp"

#include <gdcmImageChangeTransferSyntax.h>
#include <gdcmImageReader.h>
#include <gdcmImageWriter.h>
#include <gdcmJPEG2000Codec.h>
#include <gdcmJPEGLSCodec.h>
#include <itkGDCMImageIO.h>
#include <itkGDCMSeriesFileNames.h>
#include <itkImage.h>
#include <itkImageFileReader.h>
#include <itkImageFileWriter.h>
#include <itkImageSeriesReader.h>
#include <itkMetaImageIO.h>
#include <itkNiftiImageIO.h>
#include <itkNrrdImageIO.h>
#include <itkVersion.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace radloom::test {
namespace {

/// Named here and not by ITK's factories, which would have to be registered for the whole program.
itk::ImageIOBase::Pointer format_of(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".nrrd" || extension == ".nhdr") return itk::NrrdImageIO::New().GetPointer();
  if (extension == ".mha" || extension == ".mhd") return itk::MetaImageIO::New().GetPointer();
  return itk::NiftiImageIO::New().GetPointer();
}

ScalarType type_of(itk::IOComponentEnum type) {
  switch (type) {
    case itk::IOComponentEnum::CHAR: return ScalarType::int8;
    case itk::IOComponentEnum::UCHAR: return ScalarType::uint8;
    case itk::IOComponentEnum::SHORT: return ScalarType::int16;
    case itk::IOComponentEnum::USHORT: return ScalarType::uint16;
    case itk::IOComponentEnum::INT: return ScalarType::int32;
    case itk::IOComponentEnum::UINT: return ScalarType::uint32;
    case itk::IOComponentEnum::FLOAT: return ScalarType::float32;
    case itk::IOComponentEnum::DOUBLE:
    case itk::IOComponentEnum::LONG:
    case itk::IOComponentEnum::ULONG:
    case itk::IOComponentEnum::LONGLONG:
    case itk::IOComponentEnum::ULONGLONG: return ScalarType::float64;
    default: break;
  }
  throw std::runtime_error("ITK read voxels of a type that radloom has no name for");
}

/// Runs `work`; what ITK throws becomes a runtime_error.
template <class F>
auto translated(F&& work) {
  try {
    return work();
  } catch (const itk::ExceptionObject& error) {
    throw std::runtime_error(error.GetDescription());
  }
}

ItkVolume volume_of(const itk::Image<double, 3>& image, const itk::ImageIOBase& format) {
  ItkVolume volume;
  const auto size = image.GetLargestPossibleRegion().GetSize();
  for (unsigned i = 0; i < 3; ++i) {
    volume.geometry.size[i] = std::int64_t(size[i]);
    volume.geometry.spacing_mm[i] = image.GetSpacing()[i];
    volume.geometry.origin_mm[i] = image.GetOrigin()[i];
    for (unsigned j = 0; j < 3; ++j) volume.geometry.direction[3 * i + j] = image.GetDirection()(i, j);
  }
  volume.type = type_of(format.GetComponentType());
  volume.values.assign(image.GetBufferPointer(), image.GetBufferPointer() + volume.geometry.voxels());
  return volume;
}

}  // namespace

ItkVolume read_with_itk(const std::filesystem::path& path) {
  return translated([&] {
    const auto format = format_of(path);
    const auto reader = itk::ImageFileReader<itk::Image<double, 3>>::New();
    reader->SetImageIO(format);
    reader->SetFileName(path.string());
    reader->Update();
    if (format->GetNumberOfComponents() != 1) throw std::runtime_error("ITK read several components in a voxel");
    return volume_of(*reader->GetOutput(), *format);
  });
}

ItkVolume read_series_with_itk(const std::filesystem::path& folder) {
  return translated([&] {
    const auto names = itk::GDCMSeriesFileNames::New();
    names->SetDirectory(folder.string());
    const auto format = itk::GDCMImageIO::New();
    const auto reader = itk::ImageSeriesReader<itk::Image<double, 3>>::New();
    reader->SetImageIO(format);
    reader->SetFileNames(names->GetInputFileNames());
    reader->Update();
    return volume_of(*reader->GetOutput(), *format);
  });
}

void compress_with_gdcm(
    const std::filesystem::path& from, const std::filesystem::path& to, const std::string& syntax, bool reversible) {
  gdcm::ImageReader reader;
  reader.SetFileName(from.c_str());
  if (!reader.Read()) throw std::runtime_error("GDCM cannot read " + from.string());
  gdcm::ImageChangeTransferSyntax change;
  change.SetTransferSyntax(gdcm::TransferSyntax::GetTSType(syntax.c_str()));
  gdcm::JPEGLSCodec jpeg_ls;
  gdcm::JPEG2000Codec jpeg_2000;
  if (!reversible) {
    jpeg_ls.SetLossless(false);
    jpeg_ls.SetLossyError(3);
    jpeg_2000.SetReversible(false);
    jpeg_2000.SetRate(0, 4);
    if (syntax == "1.2.840.10008.1.2.4.81") change.SetUserCodec(&jpeg_ls);
    else change.SetUserCodec(&jpeg_2000);
  }
  change.SetInput(reader.GetImage());
  if (!change.Change()) throw std::runtime_error("GDCM cannot encode " + from.string() + " as " + syntax);
  gdcm::ImageWriter writer;
  writer.SetFileName(to.c_str());
  writer.SetFile(reader.GetFile());
  writer.SetImage(change.GetOutput());
  if (!writer.Write()) throw std::runtime_error("GDCM cannot write " + to.string());
}

template <class T>
void write_with_itk(
    const std::filesystem::path& path, const Geometry& grid, const std::vector<T>& values, bool compressed) {
  using Image = itk::Image<T, 3>;
  translated([&] {
    const auto image = Image::New();
    typename Image::SizeType size;
    typename Image::SpacingType spacing;
    typename Image::PointType origin;
    typename Image::DirectionType direction;
    for (unsigned i = 0; i < 3; ++i) {
      size[i] = itk::SizeValueType(grid.size[i]);
      spacing[i] = grid.spacing_mm[i];
      origin[i] = grid.origin_mm[i];
      for (unsigned j = 0; j < 3; ++j) direction(i, j) = grid.direction[3 * i + j];
    }
    image->SetRegions(size);
    image->SetSpacing(spacing);
    image->SetOrigin(origin);
    image->SetDirection(direction);
    image->Allocate();
    std::copy(values.begin(), values.end(), image->GetBufferPointer());
    const auto writer = itk::ImageFileWriter<Image>::New();
    writer->SetImageIO(format_of(path));
    writer->SetFileName(path.string());
    writer->SetUseCompression(compressed);
    writer->SetInput(image);
    writer->Update();
  });
}

template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<std::int8_t>&, bool);
template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<std::uint8_t>&, bool);
template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<std::int16_t>&, bool);
template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<std::uint16_t>&, bool);
template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<std::int32_t>&, bool);
template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<std::uint32_t>&, bool);
template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<std::int64_t>&, bool);
template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<std::uint64_t>&, bool);
template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<float>&, bool);
template void write_with_itk(const std::filesystem::path&, const Geometry&, const std::vector<double>&, bool);

bool itk_older_than(int major, int minor) {
  return std::pair(ITK_VERSION_MAJOR, ITK_VERSION_MINOR) < std::pair(major, minor);
}

}  // namespace radloom::test
