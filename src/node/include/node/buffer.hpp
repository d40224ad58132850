// A packet's memory: received into, executed in, sent from. Whoever holds it owns it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/bytes.hpp"

namespace splash::node {

/// Room for an IP header and a workspace. `packet()` is the SNAP packet once `place` has said where it is.
class Buffer {
public:
    static constexpr std::size_t kHeadroom = 64;

    Buffer() = default;
    explicit Buffer(std::size_t workspace)
        : octets_(std::make_unique<std::byte[]>(kHeadroom + workspace)), capacity_(kHeadroom + workspace) {}

    [[nodiscard]] bool is_empty() const { return octets_ == nullptr; }
    [[nodiscard]] Bytes storage() { return {octets_.get(), capacity_}; }
    /// The packet begins `begin` octets into the storage and is `size` long; both must be inside it.
    void place(std::size_t begin, std::size_t size) {
        begin_ = begin;
        size_ = size;
    }
    /// What is behind the packet's first `size` octets is not its own.
    void shorten(std::size_t size) { size_ = std::min(size, size_); }
    [[nodiscard]] Bytes packet() { return storage().subspan(begin_, size_); }
    /// The packet and everything behind it: where it executes.
    [[nodiscard]] Bytes workspace(std::size_t limit) {
        const Bytes behind = storage().subspan(begin_);
        return behind.first(std::min(limit, behind.size()));
    }

private:
    std::unique_ptr<std::byte[]> octets_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t size_ = 0;
};

/// Keeps returned buffers for the next packet.
class BufferPool {
public:
    BufferPool(std::size_t workspace, std::size_t keep) : workspace_(workspace), keep_(keep) {}
    [[nodiscard]] Buffer take() {
        if (free_.empty()) {
            return Buffer(workspace_);
        }
        Buffer b = std::move(free_.back());
        free_.pop_back();
        return b;
    }
    void give(Buffer&& buffer) {
        // A buffer that was out while the settings changed has the size of another pool's.
        const bool is_ours = buffer.storage().size() == Buffer::kHeadroom + workspace_;
        if (is_ours && free_.size() < keep_) {
            free_.push_back(std::move(buffer));
        }
    }

private:
    std::size_t workspace_;
    std::size_t keep_;
    std::vector<Buffer> free_;
};

}  // namespace splash::node
