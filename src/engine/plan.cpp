#include "engine/plan.hpp"

#include <map>
#include <string_view>

namespace radloom {

Plan make_plan(const Config& config, const std::vector<Column>& columns) {
  Plan plan;
  plan.columns = columns.size();
  std::map<std::string_view, ColumnGroup> by_image;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const Family family = columns[c].feature->family;
    auto& group = family == Family::shape || family == Family::shape2d ? plan.shape : by_image[columns[c].image_type];
    group.columns.push_back(columns[c]);
    group.places.push_back(c);
  }
  for (std::size_t t = 0; t < config.image_types.size(); ++t) {
    Plan::Filtered filtered{t, config.image_types[t].settings, {}, {}};
    if (config.convention == Convention::ibsi) filtered.settings.resegment_range.clear();
    for (auto& image : images_of(config.image_types[t], config.convention)) {
      const auto found = by_image.find(image.name);
      if (found == by_image.end()) continue;
      if (config.image_types[t].name == "Original") {
        plan.original = std::move(found->second);
        plan.original_type = t;
      } else {
        filtered.images.push_back(image);
        filtered.groups.push_back(std::move(found->second));
      }
      by_image.erase(found);
    }
    if (!filtered.images.empty()) plan.filtered.push_back(std::move(filtered));
  }
  if (!by_image.empty())
    throw Error(ErrorCode::internal, "no image type makes the columns of " + std::string(by_image.begin()->first));
  return plan;
}

}  // namespace radloom
