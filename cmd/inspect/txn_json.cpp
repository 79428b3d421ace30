#include "cmd/inspect/txn_json.h"

#include "cmd/inspect/text.h"
#include "cmd/inspect/txn_text.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium::inspect {
namespace {

namespace json = boost::json;

json::value data_json(MaybeBytes data) {
  if (!data) return nullptr;
  return json::value(base64(*data));
}

json::array acl_json(AclBytes acl) {
  json::array list;
  for (AclReader entries(acl); !entries.done();) {
    const Acl entry = entries.next();
    list.push_back(
        json::object{{"perms", entry.permissions}, {"scheme", valid_utf8(entry.scheme)}, {"id", valid_utf8(entry.id)}});
  }
  return list;
}

struct AddFields {
  json::object& to;

  void operator()(const ErrorTxn& txn) const { to["error"] = static_cast<std::int32_t>(txn.error); }
  void operator()(const CreateSessionTxn& txn) const { to["timeout"] = txn.timeout_ms; }
  void operator()(const CloseSessionTxn& txn) const {
    if (!txn.paths) return;
    json::array list;
    for (StringVectorReader paths(*txn.paths); !paths.done();) list.push_back(json::value(valid_utf8(paths.next())));
    to["paths"] = std::move(list);
  }
  void operator()(const CreateTxn& txn) const {
    to["path"] = valid_utf8(txn.path);
    to["data"] = data_json(txn.data);
    to["acl"] = acl_json(txn.acl);
    to["parentCVersion"] = txn.parent_cversion;
    if (txn.kind == OpCode::kCreateTtl) {
      to["ttl"] = txn.ttl_ms;
    } else if (txn.kind != OpCode::kCreateContainer) {
      to["ephemeral"] = txn.ephemeral;
    }
  }
  void operator()(const DeleteTxn& txn) const { to["path"] = valid_utf8(txn.path); }
  void operator()(const SetDataTxn& txn) const {
    to["path"] = valid_utf8(txn.path);
    to["data"] = data_json(txn.data);
    to["version"] = txn.version;
  }
  void operator()(const SetAclTxn& txn) const {
    to["path"] = valid_utf8(txn.path);
    to["acl"] = acl_json(txn.acl);
    to["version"] = txn.version;
  }
  void operator()(const CheckTxn& txn) const {
    to["path"] = valid_utf8(txn.path);
    to["version"] = txn.version;
  }
  void operator()(const MultiTxn& txn) const {
    json::array list;
    for (MultiTxnReader operations(txn); !operations.done();) {
      const auto operation = operations.next();
      if (!operation) break;
      json::object entry{{"type", type_text(operation->type)}};
      if (const auto body = decode_sub_txn(operation->type, operation->body)) std::visit(AddFields{entry}, *body);
      list.push_back(std::move(entry));
    }
    to["operations"] = std::move(list);
  }
};

}  // namespace

json::object txn_json(const Txn& txn) {
  json::object object{{"zxid", hex_text(txn.header.zxid.value)},
                      {"session", hex_text(txn.header.client_id.value)},
                      {"cxid", txn.header.cxid.value},
                      {"time", txn.header.time.millis},
                      {"type", type_text(txn.header.type)}};
  std::visit(AddFields{object}, txn.body);
  if (txn.digest) {
    object["digest"] = json::object{{"version", txn.digest->version},
                                    {"tree", hex_text(static_cast<std::int64_t>(txn.digest->tree_digest))}};
  }
  return object;
}

}  // namespace vivarium::inspect
