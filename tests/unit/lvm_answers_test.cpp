// SPDX-License-Identifier: GPL-3.0-or-later
// What lvm and wipefs say of disks, where it is not what they document.
#include <doctest/doctest.h>

#include "core/kinds.hpp"
#include "fuzz/answers.hpp"
#include "host/look.hpp"

using namespace dockhost;

namespace {

// What is said about whom where lvm and wipefs give these answers; "" where nothing is wrong.
template <class K>
std::string refusal(const std::string& key, const std::string& lvm, const std::string& wipefs) {
  fuzz::Answers host;
  host.nodes["/dev/vdb"] = fuzz::node_of(Node::Type::block, 0660, 0xFE10);
  host.files["/sys/dev/block/254:16/size"] = "2048\n";
  host.tools["lvm "] = {0, lvm, ""};
  host.tools["wipefs "] = {0, wipefs, ""};
  try {
    look<K>(host, key);
    return "";
  } catch (const Error& error) {
    return error.text();
  }
}

std::string of_group(const std::string& lvm) { return refusal<VolumeGroup>("g", lvm, ""); }
std::string of_disk(const std::string& lvm, const std::string& wipefs) {
  return refusal<Disk>("/dev/vdb", lvm, wipefs);
}

}  // namespace

TEST_CASE("an answer of lvm or wipefs that is not as documented is an Error that says so") {
  for (const char* report : {"7", "[7]", "[{\"vg\": {\"a\": 1}}]", "[{\"vg\": [7]}]", "[{\"vg\": [{\"vg_name\": 7}]}]",
                             "[{\"vg\": [{\"vg_name\": \"g\", \"vg_extent_size\": 4}]}]"}) {
    CAPTURE(report);
    CHECK(of_group("{\"report\": " + std::string(report) + "}").starts_with("lvm's report is not as documented"));
  }
  const std::string member = R"({"signatures": [{"type": "LVM2_member"}]})";
  CHECK(of_disk("{\"report\": [{\"pv\": [7]}]}", member).starts_with("lvm's report is not as documented"));
  CHECK(of_disk("{\"report\": []}", "[7]").starts_with("what wipefs says is not as documented"));
}

TEST_CASE("extents of no bytes are no size of extents") {
  const std::string group = R"({"vg_name": "g", "vg_extent_size": "0", "vg_free_count": "1"})";
  const std::string report =
      R"({"report": [{"vg": [)" + group +
      R"(], "lv": [{"lv_name": "v", "lv_layout": "linear", "lv_active": "a", "lv_size": "1"}]}]})";
  CHECK(of_group(report) == "lvm tells extents of no bytes");
  CHECK(refusal<LogicalVolume>("g/v", report, "") == "lvm tells extents of no bytes");
}
