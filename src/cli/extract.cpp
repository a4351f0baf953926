#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/image_files.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/summary.hpp"
#include "cohort/file_names.hpp"
#include "cohort/manifest.hpp"
#include "cohort/memory.hpp"

namespace radloom::cli {
namespace {

struct ExtractOptions {
  ConfigOptions config;
  EngineOptions engine;
  SaveOptions save;
  std::string image, mask, case_id, out, format, memory_limit;
  bool table = false;
};

/// The format asked for, else that of the file's extension, else JSON.
std::string format_of(const ExtractOptions& options) {
  if (!options.format.empty()) return options.format;
  if (options.out.ends_with(".csv")) return "csv";
  return options.out.ends_with(".ndjson") ? "ndjson" : "json";
}

std::string formatted(const CaseRecord& record, const RunInfo& run, const std::string& format) {
  if (format == "csv") return csv_header(run, {}) + to_csv(record, run);
  return to_json(record, run, format == "json" ? 2 : -1) + '\n';
}

int extract(const ExtractOptions& options, Session& session) {
  Config config = load(options.config, session);
  const Output output(options.out);
  std::optional<std::uint64_t> limit;
  if (!options.memory_limit.empty()) limit = cohort::parse_size(options.memory_limit);
  const StopOnSignal stop(session.log);
  EngineOptions engine_options = options.engine;
  engine_options.volumes = saved_images(
      options.save, options.image, [](const std::string& case_id) { return cohort::FileNames().name_for(case_id); });
  const Engine engine(std::move(config), std::move(engine_options));
  log_device(engine.run(), session);
  CaseInput input;
  input.image = options.image;
  input.mask = options.mask;
  input.case_id = options.case_id.empty() ? cohort::volume_stem(options.image) : options.case_id;
  const auto too_large =
      limit ? cohort::beyond(cohort::memory_needed(input, engine.config().settings), *limit) : std::nullopt;
  const CaseRecord record = too_large ? cohort::failed_record(input, ErrorCode::memory_exhausted, *too_large)
                                      : engine.extract(input, stop.token());
  output.write(formatted(record, engine.run(), format_of(options)));
  if (const auto peak = engine.peak_device_bytes())
    session.log->debug("device memory: {} at most", cohort::size_text(peak));

  if (record.status == Status::failed) {
    session.log->error("{}", placed(record.error.message, options.image, options.mask));
    return exit_none_computed;
  }
  for (const auto& region : record.regions) {
    if (region.status == Status::failed)
      session.log->error("{}", placed(region.error.message, options.image, options.mask));
    for (const auto& warning : region.warnings) session.log->warn("label {}: {}", region.label, warning);
  }
  if (options.table || (!output.is_stdout() && is_terminal(stdout) && !session.quiet)) {
    Summary summary(engine.run());
    summary.add(record);
    if (output.is_stdout()) std::fputs(summary.text().c_str(), stderr);  // results have standard output for themselves
    else
      write_stdout(summary.text() +
                   fmt::format("\n{} features a region, written to {}\n", engine.run().columns.size(), output.path()));
  }
  return record.status == Status::partial ? exit_some_failed : exit_ok;
}

}  // namespace

void add_extract(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("extract", "Features of one case");
  auto options = std::make_shared<ExtractOptions>();
  add_image(*command, options->image);
  add_mask(*command, options->mask);
  command->add_option("-o,--out", options->out, "File to write; - is standard output (default)")->type_name("PATH");
  command->add_option("--format", options->format, "json (default), ndjson or csv")
      ->type_name("NAME")
      ->check(one_of({"json", "ndjson", "csv"}));
  command->add_option("--id", options->case_id, "Name of the case; the image's file name by default")
      ->type_name("NAME");
  add_save_options(*command, options->save);
  command
      ->add_option("--memory-limit", options->memory_limit,
          "Refuse a case whose image and mask alone, decoded whole, take more memory than this, such as 8G")
      ->type_name("SIZE");
  command->add_flag("--table", options->table, "Show a few telling features as a table");
  add_config_options(*command, options->config, true);
  add_device_options(*command, options->engine);
  add_message_options(*command, session);
  teach(*command,
      {{"radloom extract ct.nii.gz mask.nii.gz",
           "every feature of label 1 in the IBSI convention, as JSON on standard output"},
          {"radloom extract ct.nrrd labels.nrrd --preset pyradiomics --label all -o case.json",
              "PyRadiomics' names and values, every label a region of its own"},
          {"radloom extract t1.nii.gz seg.nii.gz -c Params.yaml --set binWidth=10 --format csv",
              "a PyRadiomics parameter file, one setting changed, as a table"},
          {"radloom extract t1.nii.gz seg.nii.gz -c Params.yaml -o case.json --save-images used",
              "and what was measured on: used/t1_label-1_original.nii.gz, ..._mask.nii.gz, ..._wavelet-LLH.nii.gz"},
          {"radloom extract ct-folder structures.dcm --label 'GTV*' --table",
              "a DICOM series, and every structure of such a name"}},
      "  0  computed    1  wrong usage or configuration    2  some regions failed    3  the case failed\n"
      "  4  the device cannot be had    5  interrupted\n"
      "  A failed case has a record too: it carries a code and a message.\n",
      "radloom batch --help for many cases; radloom schema case; README.md");
  command->callback(
      [&session, options] { session.action = [&session, options] { return extract(*options, session); }; });
}

}  // namespace radloom::cli
