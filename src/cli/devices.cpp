#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/text_table.hpp"
#include "radloom/engine.hpp"

namespace radloom::cli {
namespace {

std::string as_json() {
  auto json = nlohmann::ordered_json::array();
  for (const auto& device : devices())
    json.push_back({{"name", device.name}, {"usable", device.usable}, {"details", device.details}});
  return json.dump(2) + '\n';
}

std::string as_table() {
  TextTable table({"device", "usable", "details"});
  for (const auto& device : devices()) table.add({device.name, device.usable ? "yes" : "no", device.details});
  return table.text();
}

}  // namespace

void add_devices(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("devices", "What can compute here, and why not");
  auto format = std::make_shared<std::string>("table");
  command->add_option("--format", *format, "table (default) or json")
      ->type_name("NAME")
      ->check(one_of({"table", "json"}));
  add_message_options(*command, session);
  teach(*command,
      {{"radloom devices", "every device, whether it can be used, and the reason where it cannot"},
          {"radloom extract ct.nii.gz mask.nii.gz --device cpu",
              "compute on a device of this list; one that cannot be had ends with status 4"}},
      "  0  listed    1  wrong usage\n", "README.md");
  command->callback([&session, format] {
    session.action = [format]() -> int {
      write_stdout(*format == "json" ? as_json() : as_table());
      return exit_ok;
    };
  });
}

}  // namespace radloom::cli
