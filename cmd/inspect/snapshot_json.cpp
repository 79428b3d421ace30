#include "cmd/inspect/snapshot_json.h"

#include <boost/json.hpp>

#include "cmd/inspect/text.h"

namespace vivarium::inspect {

SnapshotJson::SnapshotJson(std::ostream& out, WallTime now) : out_(out) {
  const boost::json::object about{{"progname", "vivarium-inspect"}, {"progver", "0.01"}, {"timestamp", now.millis}};
  out_ << "[1,0," << boost::json::serialize(about);
}

bool SnapshotJson::on_node(std::string_view path, MaybeBytes data, std::int64_t, const StatPersisted&) {
  const std::size_t slash = path.rfind('/');
  if (has_pending_) {
    const std::string_view parent = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    if (parent == pending_path_) {
      out_ << ",[" << pending_;
      open_.push_back(pending_path_);
    } else {
      out_ << ',' << pending_;
      while (!open_.empty() && open_.back() != parent) close_directory();
      if (open_.empty()) return false;
    }
  }
  const std::string_view name = path.empty() ? "/" : path.substr(slash + 1);
  const std::size_t size = data ? data->size() : 0;
  pending_ = boost::json::serialize(boost::json::object{
      {"name", valid_utf8(name)}, {"asize", size}, {"dsize", size}, {"dev", 0}, {"ino", ++number_}});
  pending_path_ = path;
  has_pending_ = true;
  return true;
}

void SnapshotJson::close_directory() {
  out_ << ']';
  open_.pop_back();
}

void SnapshotJson::finish() {
  if (has_pending_) out_ << ',' << pending_;
  while (!open_.empty()) close_directory();
  out_ << "]\n";
}

}  // namespace vivarium::inspect
