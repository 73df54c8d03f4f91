// SPDX-License-Identifier: GPL-3.0-or-later
// What tools say of disks. Input: the JSON of lvm; that of wipefs; what lvm says on stderr; the first bytes of the
// disk.
#include "base/read_json.hpp"
#include "core/kinds.hpp"
#include "fuzz/answers.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"
#include "host/look.hpp"
#include "host/lvm.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

constexpr const char* kDevice = "/dev/vdb";

constexpr const char* kGroups =
    R"({"report": [{"vg": [{"vg_name": "docker", "vg_extent_size": "4194304", "vg_free_count": "10"}],)"
    R"("pv": [{"pv_name": "/dev/vdb", "vg_name": "docker", "pv_pe_count": "100", "pe_start": "1048576",)"
    R"("dev_size": "500000000"}], "lv": [{"lv_name": "data", "lv_layout": "linear", "lv_active": "active",)"
    R"("lv_size": "419430400", "lv_tags": ""}]}]})";

void attach_disk(Answers& host, std::string_view input) {
  host.nodes[kDevice] = node_of(Node::Type::block, 0660, 0xFE10);  // 254:16
  const std::string folder = "/sys/dev/block/254:16";
  host.nodes[folder] = node_of(Node::Type::directory, 0755);
  host.files[folder + "/size"] = "2097152\n";
  host.files[folder + "/ro"] = "0\n";
  host.files["/proc/self/mountinfo"] = "23 1 254:0 / / rw - ext4 /dev/vda rw\n";
  host.files["bytes of /dev/vdb"] = part(input, 3);
  host.tools["lvm "] = {0, part(input, 0, kGroups), part(input, 2)};
  host.tools["wipefs "] = {0, part(input, 1, R"({"signatures": [{"type": "LVM2_member", "offset": "0x218"}]})"), ""};
  host.tools["xfs_info "] = {0, part(input, 2), ""};
}

}  // namespace

void lvm_wipefs(std::string_view input) {
  Answers host;
  attach_disk(host, input);
  const auto group = unless_refused([&] { return look<VolumeGroup>(host, "docker"); });
  if (group && *group) {
    for (const PhysicalVolume& volume : (*group)->volumes)
      require(volume.device.empty() || volume.device == kDevice, "a physical volume is a device of this host");
  }
  const auto volume = unless_refused([&] { return look<LogicalVolume>(host, "docker/data"); });
  if (volume && *volume) require((*volume)->bytes >= (*volume)->extents, "a volume has bytes for its extents");
  const auto of_disk = unless_refused([&] { return group_of(host, kDevice); });
  if (of_disk && *of_disk && !(*of_disk)->empty()) require(plain_name(**of_disk), "a group has a name that is one");
  const auto disk = unless_refused([&] { return look<Disk>(host, kDevice); });
  if (disk) require(disk->has_value(), "a disk that is there is seen");
  const auto system = unless_refused([&] { return look<Filesystem>(host, kDevice); });
  if (system && *system && disk && *disk && (*disk)->used.empty())
    require((*system)->type.empty(), "a disk that is free holds no file system");
  unless_refused([&] { return excluded_by_lvm(host, kDevice, true); });
  require_good_questions(host);
}

}  // namespace fuzz
