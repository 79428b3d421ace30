#include "cmd/inspect/txn_text.h"

#include "cmd/inspect/text.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium::inspect {
namespace {

/// A string inside a record that Apache prints as CSV: a quote in front, separators escaped.
std::string csv_string(std::string_view bytes) {
  std::string text = "'";
  for (const char c : valid_utf8(bytes)) {
    switch (c) {
      case '\0':
        text += "%00";
        break;
      case '\n':
        text += "%0A";
        break;
      case '\r':
        text += "%0D";
        break;
      case ',':
        text += "%2C";
        break;
      case '}':
        text += "%7D";
        break;
      case '%':
        text += "%25";
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string data_text(MaybeBytes data) { return valid_utf8(data.value_or(std::string_view())); }

/// An ACL list inside a record that is printed as CSV.
std::string acl_csv(AclBytes acl) {
  std::string text = "v{";
  for (AclReader entries(acl); !entries.done();) {
    const Acl entry = entries.next();
    if (text.size() > 2) text += ',';
    text +=
        "s{" + std::to_string(entry.permissions) + ",s{" + csv_string(entry.scheme) + ',' + csv_string(entry.id) + "}}";
  }
  return text + '}';
}

std::string multi_text(const MultiTxn& multi);

struct Fields {
  bool inside_multi;

  std::string operator()(const ErrorTxn& txn) const { return std::to_string(static_cast<std::int32_t>(txn.error)); }
  std::string operator()(const CreateSessionTxn& txn) const { return std::to_string(txn.timeout_ms); }
  std::string operator()(const CloseSessionTxn& txn) const {
    if (!txn.paths) return "";
    std::string text = "v{";
    for (StringVectorReader paths(*txn.paths); !paths.done();) {
      if (text.size() > 2) text += ',';
      text += csv_string(paths.next());
    }
    return text + '}';
  }
  std::string operator()(const CreateTxn& txn) const {
    std::string text = valid_utf8(txn.path) + ',' + data_text(txn.data) + ',' + acl_text(txn.acl) + ',';
    const std::string parent = std::to_string(txn.parent_cversion);
    if (txn.kind == OpCode::kCreateContainer) return text + parent;
    if (txn.kind == OpCode::kCreateTtl) return text + parent + ',' + std::to_string(txn.ttl_ms);
    return text + (txn.ephemeral ? "true," : "false,") + parent;
  }
  std::string operator()(const DeleteTxn& txn) const {
    return inside_multi ? valid_utf8(txn.path) : csv_string(txn.path);
  }
  std::string operator()(const SetDataTxn& txn) const {
    return valid_utf8(txn.path) + ',' + data_text(txn.data) + ',' + std::to_string(txn.version);
  }
  std::string operator()(const SetAclTxn& txn) const {
    return csv_string(txn.path) + ',' + acl_csv(txn.acl) + ',' + std::to_string(txn.version);
  }
  std::string operator()(const CheckTxn& txn) const { return valid_utf8(txn.path) + ',' + std::to_string(txn.version); }
  std::string operator()(const MultiTxn& txn) const { return multi_text(txn); }
};

std::string multi_text(const MultiTxn& multi) {
  std::string text;
  for (MultiTxnReader operations(multi); !operations.done();) {
    const auto operation = operations.next();
    if (!operation) break;
    const auto body = decode_sub_txn(operation->type, operation->body);
    if (!text.empty()) text += ';';
    text += type_text(operation->type) + ':';
    if (body) text += std::visit(Fields{true}, *body);
  }
  return text;
}

}  // namespace

std::string type_text(OpCode type) {
  if (type == OpCode::kCreateTtl) return "createTtl";  // 3.8's spelling
  const char* name = op_name(type);
  return name != nullptr ? name : "unknown " + std::to_string(static_cast<std::int32_t>(type));
}

std::string acl_text(AclBytes acl) {
  std::string text = "[";
  for (AclReader entries(acl); !entries.done();) {
    const Acl entry = entries.next();
    if (text.size() > 1) text += ", ";
    text += std::to_string(entry.permissions) + ",s{" + csv_string(entry.scheme) + ',' + csv_string(entry.id) + "}\n";
  }
  return text + ']';
}

std::string fields_text(const TxnBody& body) { return std::visit(Fields{false}, body); }

std::string txn_text(const Txn& txn) {
  return log_date(txn.header.time) + " session " + hex_text(txn.header.client_id.value) + " cxid " +
         hex_text(txn.header.cxid.value) + " zxid " + hex_text(txn.header.zxid.value) + ' ' +
         type_text(txn.header.type) + ' ' + fields_text(txn.body);
}

}  // namespace vivarium::inspect
