#include "cohort/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/text_table.hpp"

namespace radloom::cli {
namespace {

struct MergeOptions {
  std::vector<std::string> folders;
  std::string out, format;
};

cohort::MergeFormat format_of(const MergeOptions& options) {
  const std::string name = !options.format.empty()            ? options.format
                           : options.out.ends_with(".ndjson") ? "ndjson"
                                                              : "csv";
  return name == "csv" ? cohort::MergeFormat::csv : cohort::MergeFormat::ndjson;
}

/// The first few of many, for a line that can be read.
void tell_missing(const cohort::MergeReport& report, Session& session) {
  constexpr std::size_t shown = 20;
  for (std::size_t i = 0; i < std::min(shown, report.missing.size()); ++i)
    session.log->warn("{}: missing: {}", report.missing[i].case_id, report.missing[i].why);
  if (report.missing.size() > shown) session.log->warn("... and {} more", report.missing.size() - shown);
}

int merge(const MergeOptions& options, Session& session) {
  const Output output(options.out);  // says at once what cannot be written
  const std::vector<std::filesystem::path> folders(options.folders.begin(), options.folders.end());
  OutputStream table(output);
  const cohort::MergeReport report =
      cohort::merge(folders, format_of(options), [&](std::string_view text) { table.write(text); });
  table.commit();
  const std::size_t found = report.cases - report.missing.size();
  session.log->info("{} of {} cases: {} ok, {} partial, {} failed", grouped(std::int64_t(found)),
      grouped(std::int64_t(report.cases)), report.ok, report.partial, report.failed);
  if (report.missing.empty()) return exit_ok;
  tell_missing(report, session);
  session.log->warn("{} of {} cases are missing; the command that computed them with --resume makes up for it",
      report.missing.size(), report.cases);
  return found ? exit_some_failed : exit_none_computed;
}

}  // namespace

void add_merge(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("merge", "One table out of a cohort's records");
  auto options = std::make_shared<MergeOptions>();
  command->add_option("DIR", options->folders, "Folders that radloom batch wrote with --out: parts of one cohort")
      ->required()
      ->type_name("");
  command->add_option("-o,--out", options->out, "File to write; - is standard output (default)")->type_name("PATH");
  command
      ->add_option("--format", options->format, "csv (default): one row a region; ndjson: the records, one on a line")
      ->type_name("NAME")
      ->check(one_of({"csv", "ndjson"}));
  add_message_options(*command, session);
  teach(*command,
      {{"radloom merge features -o features.csv",
           "shards that wrote side by side into one folder, as one table: the bytes of a run without shards"},
          {"radloom merge part-1 part-2 part-3 --format ndjson -o records.ndjson",
              "shards that wrote into folders of their own, as one stream of records"}},
      "  0  every case has its record    1  wrong usage, or folders of different runs\n"
      "  2  cases are missing: the table lacks them, and they are named    3  no case has a record\n"
      "  A case that failed is no missing one: its row says why.\n",
      "radloom batch --help; README.md",
      "Rows stand in the manifest's order, carried columns first; DIR/run.json and DIR/manifest.ndjson say what belongs\n"
      "together. Parquet, with pandas and pyarrow: pandas.read_csv('features.csv').to_parquet('features.parquet')\n");
  command->callback([&session, options] { session.action = [&session, options] { return merge(*options, session); }; });
}

}  // namespace radloom::cli
