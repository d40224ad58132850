// Copies the objects that words reach, out of an execution's two heaps into one heap of a leaving packet.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "base/bytes.hpp"
#include "isa/word.hpp"

namespace splash::vm {

/// The two heaps of an execution. Both spans stay valid while the copier works.
struct Heaps {
    ConstBytes packet;  ///< offsets [0, size)
    ConstBytes added;   ///< the new heap: offset packet.size() + d is d octets before its end

    /// The octets of an object, or nullopt if the reference points outside.
    [[nodiscard]] std::optional<ConstBytes> find(isa::HeapRef ref) const;
};

/// A reference that no heap can hold: what a reference to nothing becomes.
inline constexpr isa::HeapRef kNowhere{0xffff, 0xffff};

class HeapCopier {
public:
    enum class Keep : std::uint8_t {
        PacketHeap,  ///< as it lies, new objects behind it: constants keep their place
        Nothing,     ///< only what is reached
    };
    /// @param limit  octets the heap may grow to.
    HeapCopier(const Heaps& heaps, Keep keep, std::size_t limit);

    /// The word as it reads in the new heap. False in `fits()` afterwards if the limit was passed.
    [[nodiscard]] isa::Word copy(isa::Word word);
    [[nodiscard]] bool fits() const { return fits_; }
    [[nodiscard]] const std::vector<std::byte>& heap() const { return heap_; }
    /// Undoes the growth behind `size` octets; the copier must not be used further.
    [[nodiscard]] std::vector<std::byte> release(std::size_t size) &&;

private:
    struct Fields {
        std::size_t at;  ///< of a tuple just copied
        std::size_t length;
        bool from_packet;  ///< its words may then only refer to the packet's heap
    };
    isa::Word place(isa::Word word, bool from_packet_heap);

    Heaps heaps_;
    Keep keep_;
    std::size_t limit_;
    bool fits_ = true;
    std::vector<std::byte> heap_;
    std::map<std::tuple<isa::HeapRef, bool>, std::uint16_t> placed_;
    std::vector<Fields> to_visit_;
};

}  // namespace splash::vm
