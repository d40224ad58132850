// The instruction loop, the stack, control flow and the heap. Numbers and comparisons are in
// execution_numbers.cpp; what leaves the node in execution_network.cpp.
#include "vm/execution.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/assert.hpp"
#include "heap_copier.hpp"

namespace splash::vm {

using isa::Exc;
using isa::HeapRef;
using isa::Instruction;
using isa::kWordSize;
using isa::Opcode;
using isa::Reason;
using isa::Type;
using isa::Word;

namespace {

/// Operand kind of every opcode octet; nullopt where no instruction is.
constexpr auto kOperandOf = [] {
    std::array<std::optional<isa::Operand>, 256> table{};
    for (const isa::OpInfo& op : isa::kOps) {
        table[static_cast<std::uint8_t>(op.opcode)] = op.operand;
    }
    return table;
}();

}  // namespace

Execution::Execution(Bytes workspace, const isa::Header& header, std::uint32_t budget_extra)
    : workspace_(workspace.first(workspace.size() & ~std::size_t{3})),
      header_(header),
      count_(header.code_size / 4U),
      stack_begin_(header.size() + header.code_size + header.heap_size),
      stack_end_(stack_begin_ + header.stack_size),
      new_heap_(workspace_.size()),
      budget_(std::uint64_t{count_} + budget_extra),
      left_(budget_),
      pc_(header.entry) {
    SPLASH_ASSERT(stack_end_ <= workspace_.size() && workspace_.size() <= std::size_t{60} * 1024,
                  "the workspace holds the packet and is at most 60 KiB");
    set_bound(header.bound);
}

Outcome Execution::run(Host& host) {
    return go_on(host);
}

Outcome Execution::resume(Host& host, const ServiceResults& results) {
    SPLASH_ASSERT(waiting_for_ != nullptr, "only a parked execution can be resumed");
    if (!finish_call(results)) {
        return fault_;
    }
    return go_on(host);
}

Outcome Execution::go_on(Host& host) {
    while (pc_ < count_) {
        index_ = pc_;
        const Instruction instruction = instruction_at(pc_);
        const auto operand = kOperandOf[instruction.octet];
        if (!operand || (*operand == isa::Operand::None && instruction.immediate != 0)) {
            fail_with(Reason::BadOpcode);
            return fault_;
        }
        ++pc_;
        ++steps_;
        if (!charge(1) || !execute(host, instruction)) {
            return fault_;
        }
        if (ended_) {
            return *ended_;
        }
        if (waiting_for_ != nullptr) {
            return Parked{};
        }
    }
    return Ended::Exited;
}

bool Execution::execute(Host& host, Instruction instruction) {
    const std::int32_t n = instruction.immediate;
    const std::uint32_t place = instruction.unsigned_immediate();
    const auto op = static_cast<Opcode>(instruction.octet);
    switch (op) {
        case Opcode::Exit: ended_ = Ended::Exited; return true;
        case Opcode::Nop: return true;
        case Opcode::Ji: return jump(n);
        case Opcode::Bez: return test(n, true);
        case Opcode::Bne: return test(n, false);
        case Opcode::Paj: {
            const auto distance = pop_int();
            return distance && jump(static_cast<std::int64_t>(static_cast<std::uint64_t>(*distance) +
                                                              static_cast<std::uint64_t>(std::int64_t{n})));
        }
        case Opcode::Tpaj: {
            const auto condition = pop_int();
            const auto distance = condition ? pop_int() : std::nullopt;
            return distance && (*condition != 0 ||
                                jump(static_cast<std::int64_t>(static_cast<std::uint64_t>(*distance) +
                                                               static_cast<std::uint64_t>(std::int64_t{n}))));
        }

        case Opcode::PushInt: return push(Word::inline_int(n));
        case Opcode::PushWide: return push_constant(Type::Int, place);
        case Opcode::PushAddr: return push_constant(Type::Addr, place);
        case Opcode::PushStr: return push_constant(Type::Str, place);
        case Opcode::PushExc: return push(Word::exc(static_cast<Exc>(place)));
        case Opcode::PushTup: return push_constant(Type::Tuple, place);
        case Opcode::PushFlt: return push_constant(Type::Float, place);
        case Opcode::PushOid: return push_constant(Type::Oid, place);
        case Opcode::Pop: return pop_word().has_value();
        case Opcode::Popi:
            if (!count_in_stack(n)) {
                return false;
            }
            stack_end_ -= static_cast<std::size_t>(n) * kWordSize;
            return true;
        case Opcode::Pull:
            return count_in_stack(std::int64_t{n} + (n < 0 ? 0 : 1)) &&
                   push(word_at(static_cast<std::size_t>(n)));
        case Opcode::Store: {
            if (!count_in_stack(std::int64_t{n} + (n < 0 ? 0 : 1))) {
                return false;
            }
            set_word_at(static_cast<std::size_t>(n), word_at(0));
            return pop_word().has_value();
        }
        case Opcode::Swap: {
            if (!count_in_stack(2)) {
                return false;
            }
            const Word top = word_at(0);
            set_word_at(0, word_at(1));
            set_word_at(1, top);
            return true;
        }

        case Opcode::Mktup: return make_tuple(n);
        case Opcode::Mktups: {
            const auto count = pop_int();
            return count && make_tuple(*count);
        }
        case Opcode::Nth: return field(n);
        case Opcode::Nths: {
            const auto index = pop_int();
            return index && field(*index);
        }
        case Opcode::Len: return length();
        case Opcode::Cat: return concatenate();
        case Opcode::IsInt: return type_is(Type::Int);
        case Opcode::IsAddr: return type_is(Type::Addr);
        case Opcode::IsStr: return type_is(Type::Str);
        case Opcode::IsExc: return type_is(Type::Exc);
        case Opcode::IsTup: return type_is(Type::Tuple);
        case Opcode::IsFlt: return type_is(Type::Float);
        case Opcode::IsOid: return type_is(Type::Oid);

        case Opcode::Eq:
        case Opcode::Neq:
        case Opcode::Gt:
        case Opcode::Geq:
        case Opcode::Lt:
        case Opcode::Leq: return compare(op, pop());
        case Opcode::Eqi: return compare(Opcode::Eq, int_operand(n));
        case Opcode::Neqi: return compare(Opcode::Neq, int_operand(n));
        case Opcode::Gti: return compare(Opcode::Gt, int_operand(n));
        case Opcode::Geqi: return compare(Opcode::Geq, int_operand(n));
        case Opcode::Lti: return compare(Opcode::Lt, int_operand(n));
        case Opcode::Leqi: return compare(Opcode::Leq, int_operand(n));

        case Opcode::Add:
        case Opcode::Sub:
        case Opcode::Mult:
        case Opcode::Div:
        case Opcode::Mod: return arithmetic(op, pop());
        case Opcode::Neg: return arithmetic(op, int_operand(0));
        case Opcode::Addi: return arithmetic(Opcode::Add, int_operand(n));
        case Opcode::Subi: return arithmetic(Opcode::Sub, int_operand(n));
        case Opcode::Multi: return arithmetic(Opcode::Mult, int_operand(n));
        case Opcode::Divi: return arithmetic(Opcode::Div, int_operand(n));
        case Opcode::Modi: return arithmetic(Opcode::Mod, int_operand(n));

        case Opcode::And:
        case Opcode::Or:
        case Opcode::Xor:
        case Opcode::Lsh:
        case Opcode::Rsh:
        case Opcode::Rsha: return bits(op, pop());
        case Opcode::Not: return bits(Opcode::Xor, int_operand(-1));
        case Opcode::Andi: return bits(Opcode::And, int_operand(n));
        case Opcode::Ori: return bits(Opcode::Or, int_operand(n));
        case Opcode::Xori: return bits(Opcode::Xor, int_operand(n));
        case Opcode::Lshi: return bits(Opcode::Lsh, int_operand(n));
        case Opcode::Rshi: return bits(Opcode::Rsh, int_operand(n));
        case Opcode::Rshai: return bits(Opcode::Rsha, int_operand(n));

        case Opcode::Snet:
        case Opcode::Bcast: {
            const auto prefix_length = pop_int();
            return prefix_length && subnet(op, *prefix_length);
        }
        case Opcode::Sneti: return subnet(Opcode::Snet, n);
        case Opcode::Bcasti: return subnet(Opcode::Bcast, n);
        case Opcode::IsNbr:
        case Opcode::IsHere: {
            const auto address = pop_typed(Type::Addr);
            return address && push_int((op == Opcode::IsHere ? host.is_local(address->address)
                                                             : host.is_neighbour(address->address))
                                           ? 1
                                           : 0);
        }

        case Opcode::Here:
        case Opcode::Ingress:
        case Opcode::GetSrc:
        case Opcode::GetDst:
        case Opcode::GetSpt:
        case Opcode::GetRb:
        case Opcode::GetEp:
        case Opcode::GetId:
        case Opcode::Now:
        case Opcode::GetSize:
        case Opcode::Depth: return query(host, op);

        case Opcode::Forw: return move(host, host.destination(), Travel::Alert, std::nullopt);
        case Opcode::Dforw: return move(host, host.destination(), Travel::Plain, std::nullopt);
        case Opcode::Forwto:
        case Opcode::Dforwto: {
            const auto to = pop_typed(Type::Addr);
            return to && move(host, to->address, op == Opcode::Forwto ? Travel::Alert : Travel::Plain,
                              std::nullopt);
        }
        case Opcode::Moveto:
        case Opcode::Dmoveto: {
            const auto to = pop_typed(Type::Addr);
            return to && move(host, to->address, op == Opcode::Moveto ? Travel::Alert : Travel::Plain,
                              std::int64_t{n});
        }

        case Opcode::Send: return send(host, Travel::Alert);
        case Opcode::Hop: return send(host, Travel::Hop);
        case Opcode::Dsend: return send(host, Travel::Plain);

        case Opcode::Demux: {
            const auto port = pop_int();
            return port && demux(host, *port, 1);
        }
        case Opcode::Demuxi: return demux(host, n, 1);
        case Opcode::Demuxall: return demux(host, n, depth());

        case Opcode::Calls: return call(host, place);
    }
    return fail_with(Reason::BadOpcode);
}

// ---- faults and budget

bool Execution::fail_with(Reason reason) {
    fault_ = {reason, index_, instruction_at(index_).octet};
    return false;
}

bool Execution::charge(std::uint64_t units) {
    if (units > left_) {
        left_ = 0;
        return fail_with(Reason::Budget);
    }
    left_ -= units;
    return true;
}

// ---- stack

Word Execution::word_at(std::size_t from_top) const {
    return Word(load_be<std::uint64_t>(workspace_, stack_end_ - (from_top + 1) * kWordSize));
}

void Execution::set_word_at(std::size_t from_top, Word word) {
    store_be<std::uint64_t>(workspace_, stack_end_ - (from_top + 1) * kWordSize, word.raw());
}

std::vector<Word> Execution::top_words(std::size_t n) const {
    std::vector<Word> words;
    words.reserve(n);
    for (std::size_t from_top = n; from_top-- > 0;) {
        words.push_back(word_at(from_top));
    }
    return words;
}

bool Execution::push(Word word) {
    if (stack_end_ + kWordSize > new_heap_) {
        return fail_with(Reason::Workspace);
    }
    stack_end_ += kWordSize;
    set_word_at(0, word);
    return true;
}

bool Execution::count_in_stack(std::int64_t n) {
    if (n < 0) {
        return fail_with(Reason::OutOfRange);
    }
    return static_cast<std::uint64_t>(n) <= depth() || fail_with(Reason::Underflow);
}

std::optional<Word> Execution::pop_word() {
    if (depth() == 0) {
        fail_with(Reason::Underflow);
        return std::nullopt;
    }
    const Word word = word_at(0);
    stack_end_ -= kWordSize;
    return word;
}

std::optional<Execution::Operand> Execution::load(Word word) {
    const auto type = word.type();
    if (!type) {
        fail_with(Reason::WrongType);
        return std::nullopt;
    }
    Operand operand{.word = word, .type = *type, .integer = 0, .real = 0, .octets = {}, .address = {}};
    if (!word.is_in_heap()) {
        if (*type == Type::Int) {
            operand.integer = word.inline_int();
        } else if (*type == Type::Addr) {
            operand.address = IpAddress::v4(word.inline_v4());
        }
        return operand;
    }
    const std::size_t heap_at = header_.size() + header_.code_size;
    const Heaps heaps{workspace_.subspan(heap_at, header_.heap_size), workspace_.subspan(new_heap_)};
    const auto octets = heaps.find(word.ref());
    const bool is_eight = *type == Type::Int || *type == Type::Float;
    if (!octets || (is_eight && octets->size() != 8) || (*type == Type::Addr && octets->size() != 16) ||
        (*type == Type::Tuple && octets->size() % kWordSize != 0)) {
        fail_with(Reason::OutOfRange);
        return std::nullopt;
    }
    operand.octets = *octets;
    if (*type == Type::Int) {
        operand.integer = static_cast<std::int64_t>(load_be<std::uint64_t>(*octets, 0));
    } else if (*type == Type::Float) {
        operand.real = std::bit_cast<double>(load_be<std::uint64_t>(*octets, 0));
    } else if (*type == Type::Addr) {
        operand.address = *IpAddress::from_octets(*octets);
    }
    return operand;
}

std::optional<Execution::Operand> Execution::pop() {
    const auto word = pop_word();
    return word ? load(*word) : std::nullopt;
}

std::optional<Execution::Operand> Execution::pop_typed(Type type) {
    auto operand = pop();
    if (operand && operand->type != type) {
        fail_with(Reason::WrongType);
        return std::nullopt;
    }
    return operand;
}

std::optional<std::int64_t> Execution::pop_int() {
    const auto operand = pop_typed(Type::Int);
    return operand ? std::optional(operand->integer) : std::nullopt;
}

Execution::Operand Execution::int_operand(std::int64_t value) const {
    return {.word = Word::inline_int(value),
            .type = Type::Int,
            .integer = value,
            .real = 0,
            .octets = {},
            .address = {}};
}

// ---- pushing values

std::optional<HeapRef> Execution::allocate(std::size_t length) {
    const std::size_t room = new_heap_ - stack_end_;
    if (align4(length) > room || length > 0xffff) {
        fail_with(Reason::Workspace);
        return std::nullopt;
    }
    // A crafted word may name the octets between two objects: an earlier packet's must not show there.
    const Bytes padding = workspace_.subspan(new_heap_ - (align4(length) - length), align4(length) - length);
    std::ranges::fill(padding, std::byte{0});
    new_heap_ -= align4(length);
    const std::size_t from_end = workspace_.size() - new_heap_;
    return HeapRef{static_cast<std::uint16_t>(header_.heap_size + from_end),
                   static_cast<std::uint16_t>(length)};
}

bool Execution::push_octets(Type type, ConstBytes octets) {
    const auto ref = allocate(octets.size());
    if (!ref) {
        return false;
    }
    std::ranges::copy(octets, workspace_.begin() + static_cast<std::ptrdiff_t>(new_heap_));
    return push(Word::heap(type, *ref));
}

bool Execution::push_int(std::int64_t value) {
    if (Word::fits_inline(value)) {
        return push(Word::inline_int(value));
    }
    std::array<std::byte, 8> octets{};
    store_be<std::uint64_t>(octets, 0, static_cast<std::uint64_t>(value));
    return push_octets(Type::Int, octets);
}

bool Execution::push_float(double value) {
    std::array<std::byte, 8> octets{};
    // Which NaN an operation gives depends on the processor; what travels must not.
    store_be<std::uint64_t>(octets, 0,
                            std::isnan(value) ? isa::kPlainNan : std::bit_cast<std::uint64_t>(value));
    return push_octets(Type::Float, octets);
}

bool Execution::push_address(const IpAddress& address) {
    return address.is_v6() ? push_octets(Type::Addr, address.octets())
                           : push(Word::inline_v4(address.to_v4()));
}

bool Execution::push_constant(Type type, std::uint32_t immediate) {
    const auto place = isa::ConstPlace::from_immediate(immediate);
    if (std::size_t{place.offset} + place.length > header_.heap_size) {
        return fail_with(Reason::OutOfRange);
    }
    const HeapRef ref{static_cast<std::uint16_t>(place.offset), static_cast<std::uint16_t>(place.length)};
    if (type == Type::Addr && place.length == 4) {
        const std::size_t at = header_.size() + header_.code_size + place.offset;
        return push(Word::inline_v4(load_be<std::uint32_t>(workspace_, at)));
    }
    const Word word = Word::heap(type, ref);
    return load(word).has_value() && push(word);
}

// ---- control

bool Execution::jump(std::int64_t distance) {
    const auto ahead = static_cast<std::int64_t>(count_ - index_);
    if (distance <= 0 || distance > ahead) {
        return fail_with(Reason::BadJump);
    }
    pc_ = index_ + static_cast<std::size_t>(distance);
    return true;
}

bool Execution::test(std::int32_t distance, bool jump_if_zero) {
    const auto operand = pop();
    if (!operand) {
        return false;
    }
    if (!operand->is_number()) {
        return fail_with(Reason::WrongType);
    }
    // As `eqi 0` has it: either zero of a float, and no NaN.
    const bool is_zero =
        operand->type == Type::Int ? operand->integer == 0 : operand->real >= 0 && operand->real <= 0;
    return is_zero != jump_if_zero || jump(distance);
}

// ---- heap

bool Execution::type_is(Type type) {
    const auto operand = pop();
    return operand && push_int(operand->type == type ? 1 : 0);
}

bool Execution::make_tuple(std::int64_t n) {
    if (!count_in_stack(n)) {
        return false;
    }
    if (!charge(static_cast<std::uint64_t>(n) * kWordSize / 64)) {
        return false;
    }
    // Popped first: a tuple may then use the room its fields had on the stack.
    const std::vector<Word> fields = top_words(static_cast<std::size_t>(n));
    stack_end_ -= fields.size() * kWordSize;
    const auto ref = allocate(fields.size() * kWordSize);
    if (!ref) {
        return false;
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        store_be<std::uint64_t>(workspace_, new_heap_ + i * kWordSize, fields[i].raw());
    }
    return push(Word::heap(Type::Tuple, *ref));
}

bool Execution::field(std::int64_t n) {
    const auto tuple = pop_typed(Type::Tuple);
    if (!tuple) {
        return false;
    }
    const auto fields = static_cast<std::int64_t>(tuple->octets.size() / kWordSize);
    if (n < 1 || n > fields) {
        return fail_with(Reason::OutOfRange);
    }
    const Word word(load_be<std::uint64_t>(tuple->octets, static_cast<std::size_t>(n - 1) * kWordSize));
    const bool from_packet = tuple->word.ref().offset < header_.heap_size;
    if (from_packet && word.is_in_heap() && word.ref().offset >= header_.heap_size) {
        // The packet's heap cannot name what only this execution has made.
        return fail_with(Reason::OutOfRange);
    }
    return push(word);
}

bool Execution::length() {
    const auto operand = pop();
    if (!operand) {
        return false;
    }
    switch (operand->type) {
        case Type::Str:
        case Type::Oid: return push_int(static_cast<std::int64_t>(operand->octets.size()));
        case Type::Tuple: return push_int(static_cast<std::int64_t>(operand->octets.size() / kWordSize));
        case Type::Int:
        case Type::Addr:
        case Type::Exc:
        case Type::Float: break;
    }
    return fail_with(Reason::WrongType);
}

bool Execution::concatenate() {
    const auto right = pop();
    const auto left = right ? pop() : std::nullopt;
    if (!left) {
        return false;
    }
    if (left->type != right->type || (left->type != Type::Str && left->type != Type::Tuple)) {
        return fail_with(Reason::WrongType);
    }
    const std::size_t total = left->octets.size() + right->octets.size();
    if (!charge(total / 64)) {
        return false;
    }
    // Both operands lie outside the room that is allocated: below the stack or above the old new heap.
    const auto ref = allocate(total);
    if (!ref) {
        return false;
    }
    const Bytes joined = workspace_.subspan(new_heap_, total);
    std::ranges::copy(left->octets, joined.begin());
    std::ranges::copy(right->octets, joined.begin() + static_cast<std::ptrdiff_t>(left->octets.size()));
    return push(Word::heap(left->type, *ref));
}

// ---- shared by what leaves the node

Instruction Execution::instruction_at(std::size_t index) const {
    return Instruction::from_word(load_be<std::uint32_t>(workspace_, header_.size() + index * 4));
}

void Execution::set_bound(std::uint16_t bound) {
    header_.bound = bound;
    store_be<std::uint16_t>(workspace_, isa::HeaderOffset::kBound, bound);
}

std::size_t Execution::size_now() const {
    return stack_end_ + (workspace_.size() - new_heap_);
}

Execution::Snapshot Execution::snapshot(std::size_t room) const {
    const std::size_t heap_at = header_.size() + header_.code_size;
    const Heaps heaps{workspace_.subspan(heap_at, header_.heap_size), workspace_.subspan(new_heap_)};
    HeapCopier copier(heaps, HeapCopier::Keep::Nothing, room);
    Snapshot taken;
    std::size_t heap_size = 0;
    for (std::size_t from_top = 0; from_top < depth(); ++from_top) {
        const Word word = copier.copy(word_at(from_top));
        if (!copier.fits() || copier.heap().size() + (taken.words.size() + 1) * kWordSize > room) {
            break;
        }
        heap_size = copier.heap().size();
        taken.words.push_back(word);
    }
    taken.heap = std::move(copier).release(heap_size);
    std::ranges::reverse(taken.words);
    return taken;
}

}  // namespace splash::vm
