#include "cmd/inspect/log_dump.h"

#include "cmd/inspect/log_source.h"
#include "cmd/inspect/text.h"
#include "cmd/inspect/txn_json.h"
#include "cmd/inspect/txn_text.h"

namespace vivarium::inspect {
namespace {

class Dump {
 public:
  Dump(const Command& command, const std::string& path, bool json) : command_(command), path_(path), json_(json) {}

  ExitCode run() {
    ExitCode status = kIntact;
    auto source = open_log(command_, path_, status);
    if (!source) return status;
    if (!json_) command_.out << source->title() << '\n';
    LogReader& reader = *source->reader;
    while (true) {
      const LogPlace place = reader.next();
      if (place.end == 0) {
        if (complain_about_end(command_, path_, reader, place)) damaged_ = true;
        break;
      }
      show(place);
      ++count_;
      reader.seek(place.end);
    }
    if (!json_) command_.out << "EOF reached after " << count_ << " txns.\n";
    return damaged_ ? kDamaged : kIntact;
  }

 private:
  void show(const LogPlace& place) {
    const bool checksum_holds = place.status != LogRecordStatus::kBadChecksum;
    if (!checksum_holds) {
      damaged_ = true;
      command_.complain(path_, place.offset, log_record_problem(place.status));
    }
    const auto txn = decode_txn(place.entry);
    if (!txn) {
      damaged_ = true;
      command_.complain(path_, place.offset,
                        std::string("expected a transaction: ") + txn_error_name(txn.error()) + " (" +
                            std::to_string(place.entry.size()) + " bytes)");
    }
    if (json_) {
      show_json(place, checksum_holds, txn.ok() ? &*txn : nullptr);
      return;
    }
    if (!checksum_holds) command_.out << "CRC ERROR - ";
    if (txn) {
      command_.out << txn_text(*txn) << '\n';
    } else {
      const auto zxid = entry_zxid(place.entry);
      command_.out << "zxid " << (zxid ? hex_text(zxid->value) : "?") << " cannot be decoded\n";
    }
  }

  void show_json(const LogPlace& place, bool checksum_holds, const Txn* txn) {
    boost::json::object object{
        {"offset", place.offset}, {"length", place.entry.size()}, {"checksum", checksum_holds ? "ok" : "differs"}};
    if (txn != nullptr) {
      for (auto& member : txn_json(*txn)) object.insert(member);
    } else {
      object["undecodable"] = base64(place.entry);
    }
    command_.out << boost::json::serialize(object) << '\n';
  }

  const Command& command_;
  const std::string& path_;
  bool json_;
  std::uint64_t count_ = 0;
  bool damaged_ = false;
};

}  // namespace

ExitCode dump_log(const Command& command, const std::string& path, bool json) {
  return Dump(command, path, json).run();
}

}  // namespace vivarium::inspect
