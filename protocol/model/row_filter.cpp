#include "stagedoor/protocol/model/row_filter.hpp"

#include <utility>

namespace stagedoor {

struct row_filter::node {
  kind what = kind::all;
  std::string field = {};
  comparison how = comparison::equal;
  json::array values = {};
  std::vector<row_filter> parts = {};
};

row_filter::row_filter(node made)
    : node_(std::make_shared<const node>(std::move(made))) {}

row_filter::row_filter() : row_filter(node{}) {}

row_filter row_filter::none() {
  return row_filter{node{.what = kind::none}};
}

row_filter row_filter::where(std::string field, comparison how,
                             json::array values) {
  return row_filter{node{.what = kind::compare,
                         .field = std::move(field),
                         .how = how,
                         .values = std::move(values)}};
}

row_filter row_filter::combined(kind how, std::vector<row_filter> parts) {
  node made{.what = how};
  for (auto& part : parts) {
    // A long chain must not become a deep one, which no database would read.
    if (part.what() == how)
      made.parts.insert(made.parts.end(), part.parts().begin(),
                        part.parts().end());
    else
      made.parts.push_back(std::move(part));
  }
  return row_filter{std::move(made)};
}

row_filter operator&&(const row_filter& a, const row_filter& b) {
  if (a.what() == row_filter::kind::all)
    return b;
  if (b.what() == row_filter::kind::all)
    return a;
  return row_filter::combined(row_filter::kind::both, {a, b});
}

row_filter operator||(const row_filter& a, const row_filter& b) {
  if (a.what() == row_filter::kind::none)
    return b;
  if (b.what() == row_filter::kind::none)
    return a;
  return row_filter::combined(row_filter::kind::either, {a, b});
}

row_filter operator!(const row_filter& a) {
  return row_filter{
      row_filter::node{.what = row_filter::kind::inverse, .parts = {a}}};
}

row_filter::kind row_filter::what() const {
  return node_->what;
}

const std::string& row_filter::field() const {
  return node_->field;
}

comparison row_filter::how() const {
  return node_->how;
}

const json::array& row_filter::values() const {
  return node_->values;
}

const std::vector<row_filter>& row_filter::parts() const {
  return node_->parts;
}

row_filter where(std::string field, json::value value) {
  if (value.is_null())
    return row_filter::none();
  json::array values;
  values.push_back(std::move(value));
  return row_filter::where(std::move(field), comparison::equal,
                           std::move(values));
}

row_filter where_null(std::string field) {
  return row_filter::where(std::move(field), comparison::is_null, {});
}

} // namespace stagedoor
