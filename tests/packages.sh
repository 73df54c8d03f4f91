# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2016
# Sourced by playbooks/try and tests/run: which of Debian's packages they need, and how they are installed.

build_packages=(g++ cmake ninja-build nlohmann-json3-dev libboost-program-options-dev libboost-filesystem-dev libmd-dev)
vm_packages=(mmdebstrap debian-archive-keyring qemu-system-x86 qemu-utils e2fsprogs cpio xz-utils socat openssh-client)
# Tools that write signatures on disks, for the scenario of that name.
signature_packages=(btrfs-progs cryptsetup-bin dosfstools erofs-utils exfatprogs f2fs-tools fdisk nilfs-tools ntfs-3g
  reiserfsprogs squashfs-tools udftools xfsprogs)
as_root() { if [[ $EUID == 0 ]]; then "$@"; else sudo -- "$@"; fi; }

# install_packages LOG PACKAGE...: installs those that are missing, and says which; LOG takes apt's words.
install_packages() {
  local log=$1 missing=() package
  shift
  for package; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  # The image is built from the mirror in apt's lists, so they are needed when nothing is missing, too.
  if [[ ${#missing[@]} != 0 ]] || ! apt-get indextargets --format '$(ORIGIN)' | grep -q Debian; then
    as_root apt-get --quiet update >"$log" 2>&1 || { tail -n 5 "$log" >&2; return 1; }
  fi
  [[ ${#missing[@]} != 0 ]] || return 0
  echo "  installing ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes --no-install-recommends install "${missing[@]}" \
    >>"$log" 2>&1 || { tail -n 5 "$log" >&2; return 1; }
}
