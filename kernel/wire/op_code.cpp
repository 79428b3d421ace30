// The names of operations: one table for the long names and the tags of the cons four-letter word.
#include "kernel/wire/op_code.h"

namespace vivarium {
namespace {

struct OpText {
  const char* name;
  const char* tag;
};

constexpr OpText text_of(OpCode op) {
  constexpr const char* kNoTag = "NA";
  switch (op) {
    case OpCode::kNotification:
      return {"notification", kNoTag};
    case OpCode::kCreate:
      return {"create", "CREA"};
    case OpCode::kDelete:
      return {"delete", "DELE"};
    case OpCode::kExists:
      return {"exists", "EXIS"};
    case OpCode::kGetData:
      return {"getData", "GETD"};
    case OpCode::kSetData:
      return {"setData", "SETD"};
    case OpCode::kGetAcl:
      return {"getACL", "GETA"};
    case OpCode::kSetAcl:
      return {"setACL", "SETA"};
    case OpCode::kGetChildren:
      return {"getChildren", "GETC"};
    case OpCode::kSync:
      return {"sync", "SYNC"};
    case OpCode::kPing:
      return {"ping", "PING"};
    case OpCode::kGetChildren2:
      return {"getChildren2", "GETC"};
    case OpCode::kCheck:
      return {"check", "CHEC"};
    case OpCode::kMulti:
      return {"multi", "MULT"};
    case OpCode::kCreate2:
      return {"create2", "CREA"};
    case OpCode::kReconfig:
      return {"reconfig", "RECO"};
    case OpCode::kCheckWatches:
      return {"checkWatches", "CHKW"};
    case OpCode::kRemoveWatches:
      return {"removeWatches", "REMW"};
    case OpCode::kCreateContainer:
      return {"createContainer", "CREA"};
    case OpCode::kDeleteContainer:
      return {"deleteContainer", "DELE"};
    case OpCode::kCreateTtl:
      return {"createTTL", "CREA"};
    case OpCode::kMultiRead:
      return {"multiRead", "MLTR"};
    case OpCode::kAuth:
      return {"auth", kNoTag};
    case OpCode::kSetWatches:
      return {"setWatches", "SETW"};
    case OpCode::kSasl:
      return {"sasl", kNoTag};
    case OpCode::kGetEphemerals:
      return {"getEphemerals", "GETE"};
    case OpCode::kGetAllChildrenNumber:
      return {"getAllChildrenNumber", "GETACN"};
    case OpCode::kSetWatches2:
      return {"setWatches2", "STW2"};
    case OpCode::kAddWatch:
      return {"addWatch", "ADDW"};
    case OpCode::kWhoAmI:
      return {"whoAmI", "HOMI"};
    case OpCode::kCreateSession:
      return {"createSession", "SESS"};
    case OpCode::kCloseSession:
      return {"closeSession", "CLOS"};
    case OpCode::kError:
      return {"error", kNoTag};
  }
  return {nullptr, kNoTag};
}

}  // namespace

const char* op_name(OpCode op) { return text_of(op).name; }

const char* op_tag(OpCode op) { return text_of(op).tag; }

}  // namespace vivarium
