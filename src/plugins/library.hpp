// A shared library, opened only from where nobody but root can put one.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/error.hpp"

namespace splash::plugins {

/// Refuses what runs as part of the daemon but somebody else could write: the file and every directory above
/// it must belong to root, or to `owner`, and be writable by no other group or user (a directory may, if it
/// is sticky). Gives the path without links.
/// @error PlugIn  with the file or directory, its owner and mode.
[[nodiscard]] Result<std::string> trusted_path(const std::string& path, uid_t owner);

/// The same of a directory, for all that is in it.
[[nodiscard]] Result<> check_directory(const std::string& path, uid_t owner);

class Library {
public:
    /// Loads and binds all of it; its symbols are nobody else's.
    /// @param path  absolute
    /// @error PlugIn  not trusted, or what the dynamic linker says.
    [[nodiscard]] static Result<std::shared_ptr<Library>> open(const std::string& path, uid_t owner);
    /// The same by a name such as "libm.so.6", looked for in the system's directories of libraries only.
    [[nodiscard]] static Result<std::shared_ptr<Library>> find(const std::string& name, uid_t owner);
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    /// nullptr: neither it nor what it depends on exports that name.
    [[nodiscard]] void* symbol(const char* name) const;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    Library(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
    void* handle_;
    std::string path_;
};

}  // namespace splash::plugins
