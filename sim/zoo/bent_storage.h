// A mutation that is a bend of the file system; base of the storage mutants.
#pragma once

#include <memory>

#include "sim/zoo/bent_file_system.h"
#include "sim/zoo/mutation.h"

namespace vivarium::sim {

class BentStorage : public Mutation, public Bend {
 public:
  FileSystem& wrap(FileSystem& disk) override {
    bent_ = std::make_unique<BentFileSystem>(disk, *this);
    return *bent_;
  }
  void recovering(bool now) override { recovering_ = now; }

 protected:
  bool recovering_ = false;

 private:
  std::unique_ptr<BentFileSystem> bent_;
};

}  // namespace vivarium::sim
