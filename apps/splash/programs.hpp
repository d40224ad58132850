// The programs this command line sends, built in memory. Their text is in programs.cpp beside each builder.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "base/address.hpp"
#include "base/error.hpp"
#include "base/oid.hpp"
#include "isa/opcodes.hpp"
#include "isa/packet.hpp"
#include "isa/value.hpp"

namespace splash::cli {

/// Instructions and their constants, in order.
class ProgramWriter {
public:
    ProgramWriter& op(isa::Opcode opcode, std::int32_t immediate = 0);
    /// Any value but a tuple. Its constant must lie within the first 16 KiB of the heap and 4,095 octets.
    ProgramWriter& push(const isa::Value& value);
    ProgramWriter& call(std::string_view service);
    /// One more value of the stack as the program finds it, on top of those given before.
    ProgramWriter& begin_with(const isa::Value& value);
    enum class Label : std::size_t {};
    [[nodiscard]] Label new_label();
    /// A jump or branch to a label that is placed later.
    ProgramWriter& jump(isa::Opcode opcode, Label to);
    ProgramWriter& place(Label label);

    [[nodiscard]] std::size_t instructions() const { return code_.size(); }
    /// Octets of the packet so far, with its header.
    [[nodiscard]] std::size_t size() const;
    /// False once a constant did not fit where instructions can name it.
    [[nodiscard]] bool is_sound() const { return is_sound_; }
    /// The packet with entry 0 and *trimmable* set: only for programs without send, hop, dsend, getep, paj,
    /// tpaj.
    [[nodiscard]] isa::Packet finish() const;

private:
    void push_constant(isa::Opcode opcode, ConstBytes octets);

    struct Jump {
        std::size_t at;
        Label to;
    };

    std::vector<std::uint32_t> code_;
    std::vector<std::size_t> places_;  ///< of labels
    std::vector<Jump> jumps_;
    isa::HeapWriter heap_;
    std::vector<isa::Word> stack_;
    bool is_sound_ = true;
};

/// How a program gets to its work, and its answer back.
enum class Journey : std::uint8_t {
    Stays,   ///< it starts there
    Direct,  ///< by plain IP: only the node asked executes it
    ByHop,   ///< every Splash node on the way does
};

/// Bound that a walk keeps for its way home when every node on it counts.
inline constexpr std::int32_t kBoundForHops = 32;

void append_way_there(ProgramWriter& program, Journey journey);
/// The results travel, the questions do not: code in front of `home` and its constants are trimmed away.
///             getsrc
///             moveto home-pc
///     home:   forw
/// For a direct journey the same in the d-forms; nothing where the program starts at its work.
void append_way_home(ProgramWriter& program, Journey journey);

/// What one object is asked.
struct Question {
    enum class Kind : std::uint8_t { Get, Next, Set };
    Kind kind = Kind::Get;
    Oid object;
    isa::Value value;     ///< to write, for Set
    std::int64_t id = 0;  ///< of this writing, for Set: a node writes it once, however often it is asked

    /// Values that one answer takes.
    [[nodiscard]] std::size_t results() const { return kind == Kind::Next ? 2 : 1; }
};

[[nodiscard]] std::vector<Question> questions_about(Question::Kind kind, const std::vector<Oid>& objects);

/// So many octets of SNAP one packet may have: what fits common links under IP, Router Alert and tunnels.
inline constexpr std::size_t kRoomyPacket = 1400;

/// Cuts questions into runs of which each fits one packet and the budget of one node, in order.
/// @error TooLarge one question alone does not fit.
[[nodiscard]] Result<std::vector<std::span<const Question>>> split_questions(
    std::span<const Question> questions, Journey journey, std::size_t room = kRoomyPacket);

/// Asks all questions on one node and delivers their results, in order, to the packet's own port.
[[nodiscard]] isa::Packet question_program(std::span<const Question> questions, Journey journey);

/// A stretch of a walk.
struct Stretch {
    Oid after;            ///< the last object that is known
    Oid end;              ///< the first one behind the subtree
    std::size_t room;     ///< octets of SNAP that may come home
    Ordering ordering{};  ///< Ascending: what does not ascend ends the stretch on the node
};

/// Collects the objects behind `after` on one node until the subtree ends or what is found would no longer
/// fit the packet home; at least one. Delivers OID and value of each, in order. If it did not end for want of
/// room or bound, three values follow: the last OID asked about, the OID that came and its value if an
/// exception, else 0.
[[nodiscard]] isa::Packet walk_program(const Stretch& stretch, Journey journey);

/// Visits every node up to the destination. Delivers one tuple a node: hop number from 0, address, name,
/// clock in microseconds since the epoch, then one value for every object.
[[nodiscard]] isa::Packet path_program(const std::vector<Oid>& objects);

/// A stretch of a path.
struct PathSector {
    std::optional<IpAddress> from;  ///< begins behind the node of this address; without, where it is started
    IpAddress target;
    std::int32_t limit = 0;  ///< a packet of more octets goes home
    /// How it gets to where it begins, and home. By plain IP that costs little bound, but only so many links
    /// may be crossed; by hop it takes bound for each of the hops before, too.
    Journey journey = Journey::Direct;
    std::int32_t hops_before = 0;
};
/// As path_program(), but goes home at the target, where it has grown beyond the limit, or where its bound
/// runs low; on top of the nodes' tuples lies 1 at the target, else that node's
/// own address and 0. With `from` it is to be sent there.
[[nodiscard]] isa::Packet path_sector_program(const std::vector<Oid>& objects, const PathSector& sector);

/// False for a program without any instruction that delivers: nobody will ever hear of it but by a report.
[[nodiscard]] bool can_deliver(const isa::Packet& program);

/// Finds out who runs Splash on the way to a node: every Splash node adds the address the packet came by, the
/// destination its version; home by plain IP.
[[nodiscard]] isa::Packet route_program();

/// Asks a node a fact by node_info, without travelling.
[[nodiscard]] isa::Packet node_info_program(std::string_view fact, Journey journey);

}  // namespace splash::cli
