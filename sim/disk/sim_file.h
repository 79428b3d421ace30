// An open file of a SimDisk: the File port over one inode, with the disk's faults in front of it.
#pragma once

#include "sim/disk/sim_disk.h"

namespace vivarium::sim {

class SimFile final : public File {
 public:
  SimFile(SimDisk& disk, std::uint32_t inode);
  ~SimFile() override;
  SimFile(const SimFile&) = delete;
  SimFile& operator=(const SimFile&) = delete;

  IoResult<Done> write_at(std::uint64_t offset, std::string_view bytes) override;
  IoResult<Done> read_at(std::uint64_t offset, std::size_t size, std::string& out) override;
  IoResult<Done> sync() override;
  IoResult<Done> truncate(std::uint64_t size) override;
  IoResult<Done> preallocate(std::uint64_t size) override;
  IoResult<std::uint64_t> size() override;

 private:
  SimInode& inode() { return *disk_.inodes_[inode_]; }

  SimDisk& disk_;
  std::uint32_t inode_;
};

}  // namespace vivarium::sim
