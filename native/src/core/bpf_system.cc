#include "bpf_system.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace geneve {
namespace {

// enum bpf_attach_type of Linux 6.6; the headers of a build may be older.
constexpr uint32_t kTcxIngress = 46, kTcxEgress = 47;
// Behind the filters of anybody else, so that theirs see the packets first.
constexpr uint16_t kFilterPriority = 0xc0de;
constexpr uint32_t kFilterHandle = 1;

int bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

uint64_t pointer(const void* to) { return reinterpret_cast<uintptr_t>(to); }

void setName(char (&to)[BPF_OBJ_NAME_LEN], const char* name) { std::snprintf(to, sizeof to, "%s", name); }

// A netlink message under construction.
class Message {
 public:
  Message(uint16_t type, uint16_t flags) {
    header()->nlmsg_len = NLMSG_LENGTH(sizeof(tcmsg));
    header()->nlmsg_type = type;
    header()->nlmsg_flags = static_cast<uint16_t>(flags | NLM_F_REQUEST | NLM_F_ACK);
  }

  tcmsg& body() { return *static_cast<tcmsg*>(NLMSG_DATA(header())); }

  void add(uint16_t type, const void* data, size_t length) {
    auto* attribute = reinterpret_cast<rtattr*>(bytes_ + NLMSG_ALIGN(header()->nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(length));
    if (length != 0) std::memcpy(RTA_DATA(attribute), data, length);
    header()->nlmsg_len = NLMSG_ALIGN(header()->nlmsg_len) + RTA_ALIGN(attribute->rta_len);
  }

  rtattr* begin(uint16_t type) {
    auto* attribute = reinterpret_cast<rtattr*>(bytes_ + NLMSG_ALIGN(header()->nlmsg_len));
    add(type, nullptr, 0);
    return attribute;
  }

  void end(rtattr* nested) {
    nested->rta_len = static_cast<uint16_t>(bytes_ + NLMSG_ALIGN(header()->nlmsg_len) - reinterpret_cast<char*>(nested));
  }

  /// 0 or an errno.
  int send() {
    const FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (socket.get() < 0) return errno;
    if (::send(socket.get(), bytes_, header()->nlmsg_len, 0) < 0) return errno;
    alignas(nlmsghdr) char answer[8192];
    const ssize_t length = ::recv(socket.get(), answer, sizeof answer, 0);
    if (length < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)))) return EPROTO;
    const auto* head = reinterpret_cast<const nlmsghdr*>(answer);
    if (head->nlmsg_type != NLMSG_ERROR) return EPROTO;
    return -static_cast<const nlmsgerr*>(NLMSG_DATA(head))->error;
  }

 private:
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_); }
  alignas(nlmsghdr) char bytes_[512] = {};
};

bool put(int map, const void* key, const void* value, uint64_t flags) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<uint32_t>(map);
  attributes.key = pointer(key);
  attributes.value = pointer(value);
  attributes.flags = flags;
  return bpf(BPF_MAP_UPDATE_ELEM, attributes) == 0;
}

uint32_t parentOf(bool egress) { return TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS); }

void aimFilter(tcmsg& body, unsigned device, bool egress) {
  body.tcm_family = AF_UNSPEC;
  body.tcm_ifindex = static_cast<int>(device);
  body.tcm_parent = parentOf(egress);
  body.tcm_handle = kFilterHandle;
  body.tcm_info = TC_H_MAKE(static_cast<uint32_t>(kFilterPriority) << 16, htons(ETH_P_ALL));
}

}  // namespace

FileDescriptor bpfCreateMap(uint32_t type, uint32_t keyBytes, uint32_t valueBytes, uint32_t entries, const char* name) {
  bpf_attr attributes{};
  attributes.map_type = type;
  attributes.key_size = keyBytes;
  attributes.value_size = valueBytes;
  attributes.max_entries = entries;
  setName(attributes.map_name, name);
  return FileDescriptor(bpf(BPF_MAP_CREATE, attributes));
}

FileDescriptor bpfCreateMapOf(int inner, const char* name) {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS;
  attributes.key_size = attributes.value_size = sizeof(uint32_t);
  attributes.max_entries = 1;
  attributes.inner_map_fd = static_cast<uint32_t>(inner);
  setName(attributes.map_name, name);
  return FileDescriptor(bpf(BPF_MAP_CREATE, attributes));
}

FileDescriptor bpfLoad(std::span<const uint64_t> program, std::span<const MapUse> uses, const FileDescriptor (&maps)[kMapKinds],
                       const char* name, std::string& verdict) {
  std::vector<uint64_t> instructions(program.begin(), program.end());
  for (const MapUse& use : uses) {
    auto* instruction = reinterpret_cast<bpf_insn*>(&instructions[use.instruction]);
    instruction->src_reg = BPF_PSEUDO_MAP_FD;
    instruction->imm = maps[static_cast<size_t>(use.map)].get();
  }
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_SCHED_CLS;
  attributes.insns = pointer(instructions.data());
  attributes.insn_cnt = static_cast<uint32_t>(instructions.size());
  attributes.license = pointer("Dual MIT/GPL");
  setName(attributes.prog_name, name);
  FileDescriptor loaded(bpf(BPF_PROG_LOAD, attributes));
  if (loaded.get() >= 0) return loaded;
  // Only now with the verifier's log, which costs.
  std::vector<char> log(1 << 20);
  attributes.log_buf = pointer(log.data());
  attributes.log_size = static_cast<uint32_t>(log.size());
  attributes.log_level = 1;
  loaded = FileDescriptor(bpf(BPF_PROG_LOAD, attributes));
  const int error = errno;
  const size_t length = ::strnlen(log.data(), log.size());
  verdict.assign(log.data() + (length > 400 ? length - 400 : 0), std::min<size_t>(length, 400));
  errno = error;
  return loaded;
}

bool bpfUpdate(int map, const void* key, const void* value) { return put(map, key, value, BPF_ANY); }

bool bpfInsert(int map, const void* key, const void* value) { return put(map, key, value, BPF_NOEXIST); }

bool bpfLookup(int map, const void* key, void* value) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<uint32_t>(map);
  attributes.key = pointer(key);
  attributes.value = pointer(value);
  return bpf(BPF_MAP_LOOKUP_ELEM, attributes) == 0;
}

bool bpfDelete(int map, const void* key) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<uint32_t>(map);
  attributes.key = pointer(key);
  return bpf(BPF_MAP_DELETE_ELEM, attributes) == 0;
}

bool bpfForEach(int map, size_t keyBytes, size_t valueBytes, const std::function<void(const void* key, const void* value)>& each) {
  std::vector<char> key(keyBytes), next(keyBytes), value(valueBytes);
  std::vector<std::vector<char>> keys;
  MapShape shape{};
  if (!bpfShape(map, shape)) return false;
  bpf_attr attributes{};
  attributes.map_fd = static_cast<uint32_t>(map);
  attributes.next_key = pointer(next.data());
  // A key that was evicted in between starts the walk anew: the bound ends it, and twice the same key does no harm.
  for (size_t steps = 0; steps < 2 * size_t{shape.entries}; ++steps) {
    if (bpf(BPF_MAP_GET_NEXT_KEY, attributes) != 0) return errno == ENOENT;
    key = next;
    attributes.key = pointer(key.data());
    if (bpfLookup(map, key.data(), value.data())) each(key.data(), value.data());
  }
  return true;
}

bool bpfShape(int map, MapShape& shape) {
  bpf_map_info info{};
  bpf_attr attributes{};
  attributes.info.bpf_fd = static_cast<uint32_t>(map);
  attributes.info.info_len = sizeof info;
  attributes.info.info = pointer(&info);
  if (bpf(BPF_OBJ_GET_INFO_BY_FD, attributes) != 0) return false;
  shape = {info.type, info.key_size, info.value_size, info.max_entries};
  return true;
}

ProgramInfo bpfProgramInfo(int program) {
  bpf_prog_info info{};
  bpf_attr attributes{};
  attributes.info.bpf_fd = static_cast<uint32_t>(program);
  attributes.info.info_len = sizeof info;
  attributes.info.info = pointer(&info);
  if (bpf(BPF_OBJ_GET_INFO_BY_FD, attributes) != 0) return {};
  return {info.xlated_prog_len / 8, info.jited_prog_len, info.verified_insns, info.run_cnt, info.run_time_ns};
}

bool bpfPin(int fd, const std::string& path) {
  bpf_attr attributes{};
  attributes.pathname = pointer(path.c_str());
  attributes.bpf_fd = static_cast<uint32_t>(fd);
  return bpf(BPF_OBJ_PIN, attributes) == 0;
}

FileDescriptor bpfOpenPinned(const std::string& path) {
  bpf_attr attributes{};
  attributes.pathname = pointer(path.c_str());
  return FileDescriptor(bpf(BPF_OBJ_GET, attributes));
}

bool bpfUpdateLink(int link, int program) {
  bpf_attr attributes{};
  attributes.link_update.link_fd = static_cast<uint32_t>(link);
  attributes.link_update.new_prog_fd = static_cast<uint32_t>(program);
  return bpf(BPF_LINK_UPDATE, attributes) == 0;
}

unsigned possibleCpus() {
  unsigned first = 0, last = 0;
  if (std::FILE* file = std::fopen("/sys/devices/system/cpu/possible", "re")) {
    // "0-3", "0" or, with holes, "0,2-3": the last number is what counts.
    char text[256] = {};
    if (std::fgets(text, sizeof text, file) != nullptr) {
      for (const char* at = text; *at != 0; ++at)
        if (std::sscanf(at, "%u", &first) == 1) {
          last = std::max(last, first);
          while (*at >= '0' && *at <= '9') ++at;
          if (*at == 0) break;
        }
    }
    std::fclose(file);
  }
  return last + 1;
}

FileDescriptor attachTcx(int program, unsigned device, bool egress) {
  // Laid out as link_create of bpf_attr, whose tcx part old headers lack.
  struct {
    uint32_t program, device, type, flags;
    uint32_t rest[12];
  } attributes{static_cast<uint32_t>(program), device, egress ? kTcxEgress : kTcxIngress, 0, {}};
  return FileDescriptor(static_cast<int>(::syscall(SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof attributes)));
}

bool attachClsact(int program, unsigned device, bool egress, const char* name) {
  Message qdisc(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL);
  qdisc.body().tcm_family = AF_UNSPEC;
  qdisc.body().tcm_ifindex = static_cast<int>(device);
  qdisc.body().tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  qdisc.body().tcm_parent = TC_H_CLSACT;
  qdisc.add(TCA_KIND, "clsact", sizeof "clsact");
  if (const int error = qdisc.send(); error != 0 && error != EEXIST) {
    errno = error;
    return false;
  }
  Message filter(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE);
  aimFilter(filter.body(), device, egress);
  filter.add(TCA_KIND, "bpf", sizeof "bpf");
  rtattr* options = filter.begin(TCA_OPTIONS);
  const auto fd = static_cast<uint32_t>(program);
  const uint32_t direct = TCA_BPF_FLAG_ACT_DIRECT;
  filter.add(TCA_BPF_FD, &fd, sizeof fd);
  filter.add(TCA_BPF_NAME, name, std::strlen(name) + 1);
  filter.add(TCA_BPF_FLAGS, &direct, sizeof direct);
  filter.end(options);
  errno = filter.send();
  return errno == 0;
}

void detachClsact(unsigned device, bool egress) {
  Message filter(RTM_DELTFILTER, 0);
  aimFilter(filter.body(), device, egress);
  filter.add(TCA_KIND, "bpf", sizeof "bpf");
  filter.send();
}

}  // namespace geneve
