// Our own typed binding of the Redis module API (https://redis.io/docs/reference/modules/modules-api-ref/): only the
// entry points we use, fetched by name from the getter that Redis hands to RedisModule_OnLoad. Promise: after `bind`
// returned true every pointer of `api()` is set and Redis is 7.0 or newer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace windtunnel::tensordb::redis {

// Types that belong to the server; only pointers to them are used.
struct Context;
struct Key;
struct String;
struct DataType;
struct BlockedClient;
struct Io;
struct Digest;
struct KeyOptContext;
struct CommandHandle;
struct InfoContext;
struct ServerInfo;
struct ScanCursor;
struct User;
struct CommandFilter;
struct CommandFilterContext;

using CommandFunction = int (*)(Context*, String**, int);
using BlockedFunction = int (*)(Context*, String**, int);
using TimerFunction = void (*)(Context*, void* data);
using TimerId = std::uint64_t;

constexpr int ok = 0;

/// Modes of open_key.
constexpr int read_key = 1 << 0, write_key = 1 << 1;
/// What key_type returns.
constexpr int type_empty = 0, type_module = 6;
constexpr std::int64_t no_expire = -1;
constexpr int log_errors_ourselves = 1 << 0;  ///< set_module_options: loads return null on a broken file
constexpr int notify_generic = 1 << 2, notify_module = 1 << 13;

/// Bits of context_flags.
namespace flag {
constexpr int lua = 1 << 0, multi = 1 << 1, aof = 1 << 6, replicated = 1 << 12, loading = 1 << 13,
              deny_blocking = 1 << 21, resp3 = 1 << 22;
}

/// How a command uses a key, for ACLs and COMMAND GETKEYSANDFLAGS.
namespace use {
constexpr int read = 1 << 0 | 1 << 4;             // RO ACCESS
constexpr int update = 1 << 1 | 1 << 4 | 1 << 5;  // RW ACCESS UPDATE
constexpr int overwrite = 1 << 2 | 1 << 5;        // OW UPDATE
constexpr int remove = 1 << 3 | 1 << 7;           // RM DELETE
constexpr int access = 1 << 4;                    // ACCESS alone, as check_key_permissions wants it
constexpr int route = 1 << 8;                     // NOT_KEY: a word that only says which node of a cluster is meant
}  // namespace use

/// The callbacks of a data type, version 4 of the server's layout (Redis 7.0).
struct TypeMethods {
  std::uint64_t version = 4;
  void* (*rdb_load)(Io*, int encoding_version) = nullptr;
  void (*rdb_save)(Io*, void* value) = nullptr;
  void (*aof_rewrite)(Io*, String* key, void* value) = nullptr;
  std::size_t (*mem_usage)(const void* value) = nullptr;
  void (*digest)(Digest*, void* value) = nullptr;
  void (*free)(void* value) = nullptr;
  int (*aux_load)(Io*, int, int) = nullptr;
  void (*aux_save)(Io*, int) = nullptr;
  int aux_save_triggers = 0;
  std::size_t (*free_effort)(String* key, const void* value) = nullptr;
  void (*unlink)(String* key, const void* value) = nullptr;
  void* (*copy)(String* from, String* to, const void* value) = nullptr;
  int (*defrag)(void*, String* key, void** value) = nullptr;
  std::size_t (*mem_usage2)(KeyOptContext*, const void* value, std::size_t sample_size) = nullptr;
  std::size_t (*free_effort2)(KeyOptContext*, const void* value) = nullptr;
  void (*unlink2)(KeyOptContext*, const void* value) = nullptr;
  void* (*copy2)(KeyOptContext*, const void* value) = nullptr;
};

/// Something that happens in the server.
struct ServerEvent {
  std::uint64_t id, data_version;
};
using ServerEventCallback = void (*)(Context*, ServerEvent, std::uint64_t subevent, void* data);
/// A database, or all of them, loses its keys; `data` is a Flush. Subevents: flush_start, and one when it is done.
constexpr ServerEvent flush{.id = 2, .data_version = 1};
constexpr std::uint64_t flush_start = 0;
struct Flush {
  std::uint64_t version;
  std::int32_t sync, database;  ///< database: -1 for all
};
/// All data come from a file or a master. Subevents: three starts, then the ends.
constexpr ServerEvent loading{.id = 3, .data_version = 1};
constexpr std::uint64_t last_loading_start = 2;
/// The main thread's regular work, `hz` times per second (10 by default).
constexpr ServerEvent cron_loop{.id = 8, .data_version = 1};
/// Two databases have changed places; `data` is a Swap.
constexpr ServerEvent swap{.id = 11, .data_version = 1};
struct Swap {
  std::uint64_t version;
  std::int32_t first, second;
};
/// Settings were changed by CONFIG SET.
constexpr ServerEvent config_change{.id = 16, .data_version = 1};

struct Api {
  // Memory, seen by used_memory and maxmemory.
  void* (*alloc)(std::size_t);
  void* (*try_alloc)(std::size_t);  ///< null instead of ending the server when memory is short
  void* (*calloc)(std::size_t, std::size_t);
  void (*free)(void*);
  std::size_t (*malloc_size)(void*);
  CommandFilter* (*register_command_filter)(Context*, void (*)(CommandFilterContext*), int flags);
  int (*subscribe_to_server_event)(Context*, ServerEvent, ServerEventCallback);
  float (*used_memory_ratio)();  ///< used_memory / maxmemory; 0 without maxmemory

  // Module and commands.
  void (*set_module_attribs)(Context*, const char* name, int version, int api_version);
  int (*is_module_name_busy)(const char* name);
  int (*create_command)(Context*, const char* name, CommandFunction, const char* flags, int first, int last, int step);
  void (*set_module_options)(Context*, int);
  int (*context_flags)(Context*);
  int (*get_server_version)();
  void (*log)(Context*, const char* level, const char* format, ...);
  int (*is_keys_position_request)(Context*);
  void (*key_at_pos_with_flags)(Context*, int position, int flags);
  int (*register_info_func)(Context*, void (*)(InfoContext*, int for_crash_report));
  int (*info_add_section)(InfoContext*, const char* name);
  int (*info_add_field_cstring)(InfoContext*, const char* field, const char* value);
  int (*info_add_field_ulonglong)(InfoContext*, const char* field, unsigned long long value);
  ServerInfo* (*get_server_info)(Context*, const char* section);
  unsigned long long (*server_info_unsigned)(ServerInfo*, const char* field, int* error);
  void (*free_server_info)(Context*, ServerInfo*);

  // Strings.
  String* (*create_string)(Context*, const char*, std::size_t);
  void (*free_string)(Context*, String*);
  const char* (*string_ptr_len)(const String*, std::size_t*);

  // Replies.
  int (*reply_integer)(Context*, long long);
  int (*reply_double)(Context*, double);
  int (*reply_error)(Context*, const char*);
  int (*reply_simple)(Context*, const char*);
  int (*reply_array)(Context*, long);
  int (*reply_buffer)(Context*, const char*, std::size_t);
  int (*reply_null)(Context*);

  // Keys and values.
  Key* (*open_key)(Context*, String* name, int mode);
  void (*close_key)(Key*);
  int (*key_type)(Key*);
  DataType* (*value_type)(Key*);
  void* (*value)(Key*);
  int (*set_value)(Key*, DataType*, void*);
  int (*replace_value)(Key*, DataType*, void* value, void** old);
  int (*unlink_key)(Key*);
  int (*set_expire)(Key*, long long ms);
  int (*notify)(Context*, int type, const char* event, String* key);
  int (*selected_db)(Context*);
  int (*select_db)(Context*, int);
  int (*replicate)(Context*, const char* command, const char* format, ...);
  int (*replicate_verbatim)(Context*);

  // The whole key space, and who may see what of it.
  ScanCursor* (*scan_cursor)();
  void (*free_scan_cursor)(ScanCursor*);
  int (*scan)(Context*, ScanCursor*, void (*each)(Context*, String* name, Key*, void*), void* private_data);
  String* (*current_user_name)(Context*);
  User* (*user_named)(String* name);
  void (*free_user)(User*);
  int (*check_key_permissions)(User*, String* key, int use);

  // Data types.
  DataType* (*create_data_type)(Context*, const char* name, int encoding_version, TypeMethods*);
  void (*save_unsigned)(Io*, std::uint64_t);
  std::uint64_t (*load_unsigned)(Io*);
  void (*save_buffer)(Io*, const char*, std::size_t);
  char* (*load_buffer)(Io*, std::size_t*);
  int (*is_io_error)(Io*);
  void (*log_io_error)(Io*, const char* level, const char* format, ...);
  void (*emit_aof)(Io*, const char* command, const char* format, ...);
  void (*digest_add_buffer)(Digest*, const char*, std::size_t);
  void (*digest_end)(Digest*);

  // Work off the main thread.
  BlockedClient* (*block_client)(Context*, BlockedFunction reply, BlockedFunction timeout,
                                 void (*free)(Context*, void*), long long timeout_ms);
  int (*unblock_client)(BlockedClient*, void* private_data);
  /// Called on the main thread when the client is gone, or is taken out of the wait by the server, before its arguments
  /// are freed.
  void (*set_disconnect_callback)(BlockedClient*, void (*)(Context*, BlockedClient*));
  int (*measure_start)(BlockedClient*);  ///< what passes up to measure_end counts as the command's running time
  int (*measure_end)(BlockedClient*);
  int (*avoid_replica_traffic)();  ///< nothing may be replicated now: clients are paused
  TimerId (*create_timer)(Context*, long long ms, TimerFunction, void* data);  ///< called back on the main thread
  int (*stop_timer)(Context*, TimerId, void** data);
  Context* (*thread_safe_context)(BlockedClient*);
  void (*free_thread_safe_context)(Context*);
  void (*lock)(Context*);
  void (*unlock)(Context*);
  Context* (*detached_context)(Context*);
};

/// The bound table.
const Api& api();

/// Fetches every entry point. False, with the reason in the server's log, when this Redis lacks one.
bool bind(Context* context);

/// Takes over a table that another shared object of ours has bound.
void adopt(const Api& bound);

inline std::string_view view(const String* s) {
  std::size_t n = 0;
  const char* p = api().string_ptr_len(s, &n);
  return {p, n};
}

}  // namespace windtunnel::tensordb::redis
