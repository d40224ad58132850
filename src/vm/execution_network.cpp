// Queries, moves, sends, deliveries and services: where an execution meets its node.
#include <algorithm>

#include "leaving.hpp"
#include "vm/execution.hpp"

namespace splash::vm {

using isa::Exc;
using isa::Opcode;
using isa::Reason;
using isa::Type;
using isa::Word;

namespace {

/// Octets that count towards a service's cost: of a str or oid as it lies in a heap, else of a word.
std::size_t octets_in(const isa::Value& value) {
    if (const auto* text = std::get_if<isa::Str>(&value)) {
        return text->octets.size();
    }
    if (const auto* oid = std::get_if<Oid>(&value)) {
        return oid->to_ber().size();
    }
    return isa::kWordSize;
}

bool type_allows(char declared, Type type) {
    switch (declared) {
        case 'i': return type == Type::Int;
        case 'a': return type == Type::Addr;
        case 's': return type == Type::Str;
        case 'o': return type == Type::Oid;
        case 'f': return type == Type::Float;
        case 'n': return type == Type::Oid || type == Type::Str;
        case 'l': return type == Type::Addr || type == Type::Int;
        case '*': return type != Type::Tuple && type != Type::Exc;
        default: return false;
    }
}

}  // namespace

bool Execution::query(Host& host, Opcode op) {
    switch (op) {
        case Opcode::Here: return push_address(host.here());
        case Opcode::Ingress: return push_int(host.ingress());
        case Opcode::GetSrc: return push_address(header_.origin);
        case Opcode::GetDst: return push_address(host.destination());
        case Opcode::GetSpt: return push_int(header_.port);
        case Opcode::GetRb: return push_int(header_.bound);
        case Opcode::GetEp: return push_int(header_.entry);
        case Opcode::GetId: return push_int(header_.request_id);
        case Opcode::Now: return push_int(host.now_us());
        case Opcode::GetSize: return push_int(static_cast<std::int64_t>(size_now()));
        default: return push_int(static_cast<std::int64_t>(depth()));
    }
}

bool Execution::move(Host& host, const IpAddress& to, Travel travel,
                     std::optional<std::int64_t> resume_ahead) {
    std::uint16_t entry = header_.entry;
    if (resume_ahead) {
        // Inside the code, not just behind it: a packet enters where an instruction is.
        if (*resume_ahead <= 0 || *resume_ahead >= static_cast<std::int64_t>(count_ - index_)) {
            return fail_with(Reason::BadJump);
        }
        entry = static_cast<std::uint16_t>(index_ + static_cast<std::size_t>(*resume_ahead));
    }
    if (host.is_local(to)) {
        return !resume_ahead || jump(*resume_ahead);
    }
    if (header_.bound == 0) {
        return fail_with(isa::reason_from_exc(Exc::NotEnoughBound));
    }
    const RouteAnswer answer = host.route(to, travel);
    if (const auto* exception = std::get_if<Exc>(&answer)) {
        return fail_with(isa::reason_from_exc(*exception));
    }
    const std::size_t room = std::get<Way>(answer).room;
    const bool has_new_objects = new_heap_ != workspace_.size();
    const bool trims = header_.is_trimmable() && entry > 0;
    ended_ = Ended::Moved;
    if (!has_new_objects && !trims) {
        // As it lies: only the header changes.
        isa::Header leaving = header_;
        leaving.entry = entry;
        leaving.stack_size = static_cast<std::uint16_t>(stack_end_ - stack_begin_);
        if (stack_end_ > room) {
            return fail_with(isa::reason_from_exc(Exc::DoesNotFit));
        }
        isa::write_header(workspace_, leaving);
        host.emit(to, travel, workspace_.first(stack_end_));
        return true;
    }
    const std::vector<Word> stack = top_words(depth());
    const std::size_t heap_at = header_.size() + header_.code_size;
    Leaving leaving{.header = header_,
                    .code = workspace_.subspan(header_.size(), header_.code_size),
                    .heaps = {workspace_.subspan(heap_at, header_.heap_size), workspace_.subspan(new_heap_)},
                    .stack = stack};
    leaving.header.entry = entry;
    const auto packet = trims ? pack_trimmed(leaving, room) : pack_whole(leaving, room);
    if (!packet) {
        return fail_with(isa::reason_from_exc(Exc::DoesNotFit));
    }
    host.emit(to, travel, *packet);
    return true;
}

bool Execution::send(Host& host, Travel travel) {
    const auto to = pop_typed(Type::Addr);
    const auto bound = to ? pop_int() : std::nullopt;
    const auto amount = bound ? pop_int() : std::nullopt;
    const auto entry = amount ? pop_int() : std::nullopt;
    if (!entry) {
        return false;
    }
    if (*entry < 0 || *entry >= static_cast<std::int64_t>(count_)) {
        return fail_with(Reason::BadEntry);
    }
    if (*amount < -1) {
        return fail_with(Reason::OutOfRange);
    }
    const std::size_t values = *amount == -1 ? depth() : static_cast<std::size_t>(*amount);
    if (values > depth()) {
        return fail_with(Reason::Underflow);
    }
    const auto refuse = [this](Exc e) { return push(Word::exc(e)); };
    if (*bound <= 0) {
        return refuse(Exc::BoundNotPositive);
    }
    if (*bound > header_.bound) {
        return refuse(Exc::NotEnoughBound);
    }
    if (sends_ >= host.max_sends()) {
        return refuse(Exc::QuotaUsedUp);
    }
    const RouteAnswer answer = host.route(to->address, travel);
    if (const auto* exception = std::get_if<Exc>(&answer)) {
        return refuse(*exception);
    }
    // A send that is refused below has made its child all the same.
    if (!charge(size_now() / 64)) {
        return false;
    }
    const std::vector<Word> stack = top_words(values);
    const std::size_t heap_at = header_.size() + header_.code_size;
    Leaving leaving{.header = header_,
                    .code = workspace_.subspan(header_.size(), header_.code_size),
                    .heaps = {workspace_.subspan(heap_at, header_.heap_size), workspace_.subspan(new_heap_)},
                    .stack = stack};
    leaving.header.entry = static_cast<std::uint16_t>(*entry);
    leaving.header.bound = static_cast<std::uint16_t>(*bound);
    const auto packet = pack_whole(leaving, std::get<Way>(answer).room);
    if (!packet) {
        return refuse(Exc::DoesNotFit);
    }
    ++sends_;
    set_bound(static_cast<std::uint16_t>(header_.bound - *bound));
    host.emit(to->address, travel, *packet);
    return push_int(1);
}

bool Execution::demux(Host& host, std::int64_t port, std::size_t values) {
    if (port < 0 || port > 0xffff) {
        return fail_with(Reason::OutOfRange);
    }
    if (values > depth()) {
        return fail_with(Reason::Underflow);
    }
    const std::size_t heap_at = header_.size() + header_.code_size;
    const Heaps heaps{workspace_.subspan(heap_at, header_.heap_size), workspace_.subspan(new_heap_)};
    // What a client gets fits one datagram and one frame, however a crafted packet's objects overlap.
    constexpr std::size_t kLargestDelivery = std::size_t{60} * 1024;
    std::vector<Word> words = top_words(values);
    HeapCopier copier(heaps, HeapCopier::Keep::Nothing, kLargestDelivery - words.size() * isa::kWordSize);
    for (Word& word : words) {
        word = copier.copy(word);
    }
    if (!copier.fits()) {
        return fail_with(isa::reason_from_exc(Exc::DoesNotFit));
    }
    ended_ = Ended::Delivered;
    host.deliver(port == 0 ? header_.port : static_cast<std::uint16_t>(port), copier.heap(), words);
    return true;
}

bool Execution::call(Host& host, std::uint32_t id) {
    const ServiceSignature* const service = host.find_service(id);
    if (service == nullptr) {
        return push(Word::exc(Exc::NoSuchService));
    }
    const std::size_t n = service->arguments.size();
    if (n > depth()) {
        return fail_with(Reason::Underflow);
    }
    ++service_calls_;
    std::vector<isa::Value> arguments;
    std::optional<Exc> refusal;
    std::size_t octets = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto operand = load(word_at(n - 1 - i));
        if (!operand) {
            return false;
        }
        if (operand->is_exc() && !refusal) {
            refusal = operand->word.as_exc();
        }
        if (refusal) {
            continue;
        }
        std::optional<isa::Value> value;
        switch (operand->type) {
            case Type::Int: value = operand->integer; break;
            case Type::Addr: value = operand->address; break;
            case Type::Float: value = operand->real; break;
            case Type::Str: value = isa::Str{std::string(as_text(operand->octets))}; break;
            case Type::Oid:
                if (auto oid = Oid::from_ber(operand->octets)) {
                    value = std::move(*oid);
                }
                break;
            case Type::Exc:
            case Type::Tuple: break;
        }
        if (!value || !type_allows(service->arguments[i], operand->type)) {
            // An exception further up the stack does not hide this one: the first argument's counts.
            refusal = Exc::WrongArgumentType;
            continue;
        }
        octets += octets_in(*value);
        arguments.push_back(std::move(*value));
    }
    stack_end_ -= n * isa::kWordSize;
    if (!charge(service->cost + octets / 64)) {
        return false;
    }
    waiting_for_ = service;
    if (refusal) {
        host.not_started(*service, *refusal);
        return finish_call(*refusal);
    }
    const auto answer = host.call(*service, arguments);
    if (const auto* results = std::get_if<ServiceResults>(&answer)) {
        return finish_call(*results);
    }
    return true;  // Pending: waiting_for_ stays set
}

bool Execution::finish_call(const ServiceResults& results) {
    const ServiceSignature& service = *waiting_for_;
    waiting_for_ = nullptr;
    const bool is_list = gives_list(service);
    const std::size_t declared = service.results.size();
    const auto* values = std::get_if<std::vector<isa::Value>>(&results);
    if (values == nullptr || (!is_list && values->size() != declared)) {
        const Exc e = values == nullptr ? std::get<Exc>(results) : Exc::ServiceFailed;
        const std::size_t places = is_list ? 1 : declared;  // of a list: the count's
        for (std::size_t i = 0; i < places; ++i) {
            if (!push(Word::exc(e))) {
                return false;
            }
        }
        return true;
    }
    std::size_t octets = 0;
    for (const isa::Value& value : *values) {
        octets += octets_in(value);
    }
    if (!charge(octets / 64)) {
        return false;
    }
    return std::ranges::all_of(*values, [this](const isa::Value& value) { return push_value(value); }) &&
           (!is_list || push_int(static_cast<std::int64_t>(values->size())));
}

bool Execution::push_value(const isa::Value& value) {
    switch (isa::type_of(value)) {
        case Type::Int: return push_int(std::get<std::int64_t>(value));
        case Type::Addr: return push_address(std::get<IpAddress>(value));
        case Type::Str: return push_octets(Type::Str, as_bytes(std::get<isa::Str>(value).octets));
        case Type::Exc: return push(Word::exc(std::get<Exc>(value)));
        case Type::Float: return push_float(std::get<double>(value));
        case Type::Oid: return push_octets(Type::Oid, std::get<Oid>(value).to_ber());
        case Type::Tuple: break;  // no service gives one yet
    }
    return push(Word::exc(Exc::ServiceFailed));
}

}  // namespace splash::vm
