#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace radloom::config {

/// Edits that turn one word into another: insert, delete, replace, or swap two neighbours (optimal string alignment, after
/// Damerau and Levenshtein). Letters compare without case, and '_' and '-' are as good as nothing.
int edit_distance(std::string_view a, std::string_view b);

/// " (did you mean 'binWidth'?)" for the closest of the candidates, or nothing where none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace radloom::config
