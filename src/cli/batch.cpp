#include "cohort/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "cli/commands.hpp"
#include "cli/image_files.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "cli/status_file.hpp"
#include "cli/summary.hpp"
#include "cli/text_table.hpp"
#include "cohort/inspect.hpp"
#include "cohort/make_folder.hpp"
#include "cohort/memory.hpp"

namespace radloom::cli {
namespace {

using cohort::BatchProgress;

struct BatchCommand {
  ConfigOptions config;
  EngineOptions engine;
  SaveOptions save;
  std::string manifest, out = "radloom-out", format, shard, memory_limit, status_file;
  std::int64_t max_failures = -1;
  double case_timeout_s = 0;
  bool resume = false, verify = false, fsync = false, dry_run = false, table = false;

  cohort::BatchOptions options() const {
    cohort::BatchOptions made;
    made.out = out;
    if (shard == "auto")
      made.shard = cohort::Shard::from_environment([](const char* name) { return std::getenv(name); });
    else if (!shard.empty()) made.shard = cohort::Shard::parse(shard);
    made.resume = resume;
    made.verify = verify;
    if (case_timeout_s > 0) made.case_timeout_s = case_timeout_s;
    if (!memory_limit.empty()) made.memory_limit = cohort::parse_size(memory_limit);
    if (max_failures >= 0) made.max_failures = std::size_t(max_failures);
    made.ndjson = format == "ndjson";
    made.fsync = fsync;
    made.threads = engine.threads;
    return made;
  }
};

CLI::Validator positive_seconds() {
  return CLI::Validator(
      [](std::string& value) {
        double seconds = 0;
        const char* const end = value.data() + value.size();
        const auto [last, error] = std::from_chars(value.data(), end, seconds);
        const bool good = error == std::errc{} && last == end && seconds > 0 && seconds < 1e9;
        return good ? "" : fmt::format("takes a number of seconds above 0, not '{}'", value);
      },
      "");
}

const char* plural(std::size_t n, const char* one, const char* many) { return n == 1 ? one : many; }

std::string counted_cases(int n) { return fmt::format("{} {}", n, plural(std::size_t(n), "case", "cases")); }

std::string counted_files(std::size_t n) {
  return fmt::format("{} {}", n, plural(n, "volume or series is", "volumes and series are"));
}

/// A file without a partner, and why.
std::string shown(const cohort::Unpaired& one) {
  return one.path.string() + (one.reason.empty() ? "" : fmt::format(" ({})", one.reason));
}

/// Reads every header and computes nothing.
int dry_run(const cohort::Manifest& manifest, const cohort::Rows& rows, const Engine& engine, Session& session) {
  std::size_t bad = 0;
  const bool paired = std::filesystem::is_directory(manifest.path);
  for (const auto* row : rows) {
    const std::string problem = cohort::inspect(*row, &engine.config().settings);
    if (paired)
      write_stdout(
          fmt::format("{}: {} with {}\n", row->input.case_id, row->input.image.string(), row->input.mask.string()));
    if (problem.empty()) continue;
    ++bad;
    session.log->warn("{}: line {}: {}: {}", manifest.path.string(), row->line, row->input.case_id, problem);
  }
  for (const auto& one : manifest.alone) write_stdout(fmt::format("without a partner: {}\n", shown(one)));
  write_stdout(fmt::format("{} {} of {}, {} with a problem; {} features a region on {}; nothing was computed\n",
      rows.size(), plural(rows.size(), "case", "cases"), manifest.path.string(), bad, engine.run().columns.size(),
      engine.run().device));
  return exit_of(bad, bad, rows.size());
}

/// What went wrong with a case, one line each.
void tell(const CaseRecord& record, Session& session) {
  if (record.status == Status::failed) {
    session.log->warn("{}: {}: {}", record.case_id, record.error.code, record.error.message);
    return;
  }
  for (const auto& region : record.regions)
    if (region.status == Status::failed)
      session.log->warn("{}: label {}: {}: {}", record.case_id, region.label, region.error.code, region.error.message);
}

std::string rate_line(const BatchProgress& p, double seconds, const std::string& device) {
  return fmt::format("{} {}, {} {}, {} voxels in {:.2f} s on {}: {:.3g} cases/s, {} voxels/s",
      grouped(std::int64_t(p.done)), plural(p.done, "case", "cases"), grouped(std::int64_t(p.regions)),
      plural(p.regions, "region", "regions"), scaled(double(p.voxels)), seconds, device, double(p.done) / seconds,
      scaled(double(p.voxels) / seconds));
}

/// What limits the run.
std::string stages_line(const cohort::Occupancy& busy, double seconds) {
  const double all = std::max(1e-9, seconds * busy.workers);
  const auto part = [&](double time) { return 100 * time / all; };
  const double other = all - busy.reading - busy.computing - busy.writing - busy.waiting - busy.checking;
  std::string text = fmt::format(
      "{} in flight at most; of the workers' time {:.0f} % reading and decoding, {:.0f} % computing, {:.0f} % writing",
      counted_cases(busy.workers), part(busy.reading), part(busy.computing), part(busy.writing));
  if (part(busy.waiting) >= 0.5) text += fmt::format(", {:.0f} % waiting for memory", part(busy.waiting));
  if (part(busy.checking) >= 0.5) text += fmt::format(", {:.0f} % finding what was done", part(busy.checking));
  return text + fmt::format(", {:.0f} % idle", std::max(0.0, part(other)));
}

/// The screen at the end: where everything is.
std::string places(const cohort::BatchFiles& files, const cohort::BatchOptions& options,
    const cohort::BatchSummary& summary, std::size_t columns) {
  const std::size_t bad = summary.partial + summary.failed;
  std::string text = fmt::format("  records   {}/*.json\n  table     {}  (one row a region, {} features)\n",
      files.cases.string(), files.features.string(), columns);
  if (options.ndjson) text += fmt::format("  records   {}  (one line a case)\n", files.records.string());
  return text + fmt::format("  failures  {}  ({})\n", files.failures.string(),
                    bad ? fmt::format("{} {}", bad, plural(bad, "case", "cases")) : "none");
}

/// Saves images under the names that the cases' records have.
std::function<void(const MeasuredVolume&)> image_files(const BatchCommand& command, const cohort::Manifest& manifest) {
  std::map<std::string, std::string> names;
  if (!command.save.folder.empty())
    for (const auto& row : manifest.rows) names[row.input.case_id] = row.file_name;
  return saved_images(command.save, manifest.rows.empty() ? "" : manifest.rows.front().input.image.string(),
      [names = std::move(names)](const std::string& case_id) { return names.at(case_id); });
}

int batch(const BatchCommand& command, Session& session) {
  if (command.out == "-") throw Error(ErrorCode::usage, "batch writes many files: give a folder with --out");
  const cohort::BatchOptions options = command.options();
  Config config = load(command.config, session);
  const cohort::Manifest manifest = cohort::read_manifest(command.manifest);
  const StopOnSignal stop(session.log);
  EngineOptions engine_options = command.engine;
  if (!command.dry_run) engine_options.volumes = image_files(command, manifest);
  const Engine engine(std::move(config), std::move(engine_options));
  const cohort::Rows rows = cohort::rows_of(manifest, options.shard);
  if (!manifest.alone.empty())
    session.log->warn("{}: {} without a partner, such as {}; --dry-run shows what belongs together",
        manifest.path.string(), counted_files(manifest.alone.size()), shown(manifest.alone.front()));
  if (command.dry_run) return dry_run(manifest, rows, engine, session);
  log_device(engine.run(), session);
  cohort::make_folder(options.out);
  StatusFile status(command.status_file, session);  // before an earlier run's results are taken away
  prepare_output(rows, options);
  cohort::RunFile run = begin_run(engine, manifest, rows, options);
  const cohort::BatchFiles files(options);

  const auto began = std::chrono::steady_clock::now();
  BatchProgress last;
  bool complete = false;
  const auto end_run = [&](const char* state) {
    run.state = state;
    run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    run.ended = cohort::utc_now();
    run.computed = last.done;
    run.kept = last.kept;
    run.regions = last.regions;
    run.voxels = last.voxels;
    const auto& busy = last.occupancy;
    run.workers = busy.workers;
    run.stages = {{"reading", busy.reading}, {"computing", busy.computing}, {"writing", busy.writing},
        {"waiting_for_memory", busy.waiting}, {"checking", busy.checking}};
    status.end(state, last);
    write_whole(files.run, to_json(run), options.fsync);
  };
  Summary table(engine.run());
  cohort::BatchSummary summary;
  double seconds = 0;
  const auto broken = [&] {
    status.end("failed", last);
    session.log->warn("{} of {} cases are done and kept; the same command with --resume goes on from there",
        last.done + last.kept, last.cases);
  };
  try {
    {
      Progress progress(session);
      complete = compute_cases(
          engine, manifest, rows, options,
          [&](const BatchProgress& now, const CaseRecord* latest) {
            last = now;
            if (latest && latest->status != Status::ok) {
              progress.clear();
              tell(*latest, session);
            }
            progress.show(now);
            status.show(now);
          },
          stop.token());
    }
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    summary = write_tables(
        engine, rows, manifest.carried, options, complete, [&](const CaseRecord& record) { table.add(record); });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::interrupted) {
      broken();
      throw;
    }
    session.log->error("interrupted after {} of {} cases; the same command with --resume goes on from there",
        last.done + last.kept, last.cases);
    run.partial = last.partial;
    run.failed = last.failed;
    run.ok = last.done + last.kept - last.partial - last.failed;  // what was kept is ok
    end_run("interrupted");
    return exit_interrupted;
  } catch (...) {
    broken();
    throw;
  }
  run.ok = summary.ok;
  run.partial = summary.partial;
  run.failed = summary.failed;
  run.inputs_sha256 = summary.inputs_sha256;
  end_run(complete ? "complete" : "gave_up");
  session.log->info("{}", stages_line(last.occupancy, seconds));
  if (const auto peak = engine.peak_device_bytes())
    session.log->info("device memory: {} at most", cohort::size_text(peak));
  if (last.kept) session.log->info("{} of {} cases were done already", last.kept, last.cases);
  if (!complete) {
    session.log->error("gave up after {} failed cases, as --max-failures {} asks; see {}", last.failed,
        command.max_failures, files.failures.string());
    return exit_of(last, true);
  }
  if (command.table || (is_terminal(stdout) && !session.quiet))
    write_stdout(fmt::format("\n{}\n{}\n\n{}", table.text(), rate_line(last, seconds, engine.run().device),
        places(files, options, summary, engine.run().columns.size())));
  else session.log->info("{}; see {}", rate_line(last, seconds, engine.run().device), files.features.string());
  if (summary.failed + summary.partial)
    session.log->warn("{} failed, {} partial of {} cases; see {}", summary.failed, summary.partial, last.cases,
        files.failures.string());
  return exit_of(last, false);
}

}  // namespace

void add_batch(CLI::App& program, Session& session) {
  CLI::App* sub = program.add_subcommand("batch", "Features of a cohort");
  auto command = std::make_shared<BatchCommand>();
  sub->add_option("MANIFEST", command->manifest,
         "CSV or NDJSON with Image and Mask, optionally ID, Label, Label_channel; or a folder")
      ->required()
      ->type_name("");
  sub->add_option("-o,--out", command->out, "Folder for the results (default radloom-out)")->type_name("DIR");
  sub->add_option(
         "--format", command->format, "json (default) or csv: records and table; ndjson: one file of all records too")
      ->type_name("NAME")
      ->check(one_of({"json", "ndjson", "csv"}));
  sub->add_option("--shard", command->shard,
         "Compute part i of N (1/N ... N/N) of the rows, balanced by size; auto: what Slurm, AWS Batch or Kubernetes gave this job")
      ->type_name("i/N|auto");
  sub->add_flag("--resume", command->resume, "Keep the records that are done; cases that failed are tried again");
  sub->add_flag("--verify", command->verify, "With --resume: compare the files' SHA-256 instead of their times");
  sub->add_option("--case-timeout", command->case_timeout_s, "Fail a case that takes longer than this many seconds")
      ->type_name("SECONDS")
      ->check(positive_seconds());
  sub->add_option(
         "--memory-limit", command->memory_limit, "Memory that the cases in flight may take together, such as 8G")
      ->type_name("SIZE");
  sub->add_option("--status-file", command->status_file, "How far it is, as a JSON file that is replaced every second")
      ->type_name("FILE");
  sub->add_option("--max-failures", command->max_failures, "Give up once more than N cases have failed")
      ->type_name("N")
      ->check(whole_number(0, "cases"));
  sub->add_flag("--fsync", command->fsync, "Put each result on the disk before the next: a power cut loses none");
  add_save_options(*sub, command->save);
  sub->add_flag("--dry-run", command->dry_run, "Check configuration, manifest and every header, and compute nothing");
  sub->add_flag("--table", command->table, "Show a few telling features as a table");
  add_config_options(*sub, command->config, true);
  add_device_options(*sub, command->engine);
  add_message_options(*sub, session);
  teach(*sub,
      {{"radloom batch cohort.csv -o features",
           "one record a case in features/cases, and the table features/features.csv in the manifest's order"},
          {"radloom batch cohort.csv --preset pyradiomics --label all -o features --resume",
              "every label a region of its own; what an earlier run has done is kept"},
          {"radloom batch archive --dry-run", "which images and masks of a folder belong together"},
          {"radloom batch cohort.csv -o features --resume --shard auto",
              "one task of an array job over the same manifest; radloom merge features makes one table of all"}},
      "  0  every case computed    1  wrong usage, configuration or manifest    2  some cases failed or are partial\n"
      "  3  no case could be computed    5  interrupted: --resume goes on\n"
      "  4  the device cannot be had, or it failed and --max-failures cases with it\n",
      "radloom check MANIFEST; radloom example DIR for a cohort to try; README.md",
      "Manifest: a header with Image and Mask, in any case; optionally ID (unique; else the image's file name), Label\n"
      "(before --label) and Label_channel. Other columns come back in the table. Paths are relative to the manifest.\n"
      "Of a folder, volumes are paired by name, also below it: <case> or <case>_image with <case>_mask, _label or _seg; image\n"
      "with mask; images.../<case> with labels.../<case>; BIDS derivatives with their images; and DICOM structure sets and\n"
      "segmentations with the series they refer to. --dry-run shows what belongs together, and what is left and why.\n"
      "Results: DIR/cases/<ID>.json as each case finishes, then DIR/features.csv and DIR/failures.json. Characters of\n"
      "an ID that do not suit a file name become %XX there. A shard's tables carry its number; radloom merge DIR makes\n"
      "one of them. DIR/run.json says what the run was, DIR/config.json and DIR/manifest.ndjson are what it read.\n");
  sub->callback([&session, command] { session.action = [&session, command] { return batch(*command, session); }; });
}

}  // namespace radloom::cli
