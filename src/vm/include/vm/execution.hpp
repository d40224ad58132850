// One execution of one packet on one node: the SNAP/2 interpreter.
//
// It runs in place. The workspace begins with the packet as it arrived; the stack grows up behind it,
// new heap objects grow down from the far end:
//
//   | header | code | heap | stack →          ← new heap |
//
// An offset below the heap size means the packet's heap; an offset of heap size + d means the object that
// begins d octets before the workspace's end. When the packet leaves, the new objects its values still
// reach are appended to the heap and offsets follow (heap_copier.hpp).
//
// The program counter only grows, so a program of n instructions takes at most n steps; a budget bounds
// what a step may touch. A broken program ends in a Fault, never in undefined behaviour.
// No clock, no allocation except where objects must move; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "isa/opcodes.hpp"
#include "isa/packet.hpp"
#include "isa/word.hpp"
#include "vm/host.hpp"

namespace splash::vm {

/// How an execution ended as the program wanted.
enum class Ended : std::uint8_t { Exited, Moved, Delivered };

/// How it ended otherwise: a broken program, or a move that could not be made.
struct Fault {
    isa::Reason reason{};
    std::size_t index = 0;  ///< of the instruction, in the packet as it arrived
    std::uint8_t opcode = 0;
    bool operator==(const Fault&) const = default;
};

/// It waits for a service; resume() goes on.
struct Parked {};

using Outcome = std::variant<Ended, Fault, Parked>;

class Execution {
public:
    /// @param workspace     begins with the packet; must outlive this object and not move. At most 60 KiB.
    /// @param header        as parsed from it, with the bound already as it is on this node.
    /// @param budget_extra  units on top of one per instruction.
    Execution(Bytes workspace, const isa::Header& header, std::uint32_t budget_extra);

    [[nodiscard]] Outcome run(Host& host);
    /// Goes on after Parked with what the service gave.
    [[nodiscard]] Outcome resume(Host& host, const ServiceResults& results);

    [[nodiscard]] const isa::Header& header() const { return header_; }
    /// Instructions in the packet as it arrived.
    [[nodiscard]] std::size_t instruction_count() const { return count_; }
    [[nodiscard]] std::size_t steps() const { return steps_; }
    /// Units of the budget that are spent; all of it once it was exceeded.
    [[nodiscard]] std::uint64_t units_used() const { return budget_ - left_; }
    [[nodiscard]] unsigned service_calls() const { return service_calls_; }
    [[nodiscard]] std::size_t depth() const { return (stack_end_ - stack_begin_) / isa::kWordSize; }

    /// The top of the stack with the heap it needs, as much as fits `room` octets. Words are bottom first.
    struct Snapshot {
        std::vector<std::byte> heap;
        std::vector<isa::Word> words;
    };
    [[nodiscard]] Snapshot snapshot(std::size_t room) const;

private:
    /// A value taken from the stack: its type and what of it is needed.
    struct Operand {
        isa::Word word;
        isa::Type type{};
        std::int64_t integer = 0;
        double real = 0;
        ConstBytes octets;  ///< of str, oid, tuple; valid until the workspace changes
        IpAddress address;

        [[nodiscard]] bool is_exc() const { return type == isa::Type::Exc; }
        [[nodiscard]] bool is_number() const { return type == isa::Type::Int || type == isa::Type::Float; }
    };

    // All of these: false (or nullopt) means fault_ is set.
    bool execute(Host& host, isa::Instruction instruction);
    bool fail_with(isa::Reason reason);
    bool charge(std::uint64_t units);
    bool push(isa::Word word);
    bool push_int(std::int64_t value);
    bool push_float(double value);
    bool push_address(const IpAddress& address);
    bool push_octets(isa::Type type, ConstBytes octets);
    bool push_value(const isa::Value& value);
    bool push_constant(isa::Type type, std::uint32_t immediate);
    [[nodiscard]] std::optional<isa::HeapRef> allocate(std::size_t length);
    [[nodiscard]] std::optional<isa::Word> pop_word();
    [[nodiscard]] std::optional<Operand> pop();
    [[nodiscard]] std::optional<Operand> pop_typed(isa::Type type);
    [[nodiscard]] std::optional<std::int64_t> pop_int();
    [[nodiscard]] std::optional<Operand> load(isa::Word word);

    bool jump(std::int64_t distance);
    bool test(std::int32_t distance, bool jump_if_zero);
    bool count_in_stack(std::int64_t n);
    bool type_is(isa::Type type);
    bool make_tuple(std::int64_t n);
    bool field(std::int64_t n);
    bool length();
    bool concatenate();
    bool compare(isa::Opcode op, const std::optional<Operand>& right);
    bool arithmetic(isa::Opcode op, const std::optional<Operand>& right);
    bool bits(isa::Opcode op, const std::optional<Operand>& right);
    bool subnet(isa::Opcode op, std::int64_t prefix_length);
    bool query(Host& host, isa::Opcode op);
    bool move(Host& host, const IpAddress& to, Travel travel, std::optional<std::int64_t> resume_ahead);
    bool send(Host& host, Travel travel);
    bool demux(Host& host, std::int64_t port, std::size_t values);
    bool call(Host& host, std::uint32_t id);
    bool finish_call(const ServiceResults& results);

    [[nodiscard]] Operand int_operand(std::int64_t value) const;
    [[nodiscard]] isa::Word word_at(std::size_t from_top) const;
    void set_word_at(std::size_t from_top, isa::Word word);
    [[nodiscard]] std::vector<isa::Word> top_words(std::size_t n) const;
    void set_bound(std::uint16_t bound);
    [[nodiscard]] std::size_t size_now() const;
    [[nodiscard]] isa::Instruction instruction_at(std::size_t index) const;
    [[nodiscard]] Outcome go_on(Host& host);

    Bytes workspace_;
    isa::Header header_;
    std::size_t count_;        ///< instructions
    std::size_t stack_begin_;  ///< octet offsets into the workspace
    std::size_t stack_end_;
    std::size_t new_heap_;
    std::uint64_t budget_;
    std::uint64_t left_;  ///< of the budget
    std::size_t pc_;
    std::size_t index_ = 0;  ///< of the instruction being executed
    std::size_t steps_ = 0;
    unsigned sends_ = 0;
    unsigned service_calls_ = 0;
    std::optional<Ended> ended_;
    Fault fault_;
    const ServiceSignature* waiting_for_ = nullptr;
};

}  // namespace splash::vm
