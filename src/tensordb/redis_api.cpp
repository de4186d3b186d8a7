#include "tensordb/redis_api.h"

#include <cstring>
#include <string>

namespace windtunnel::tensordb::redis {
namespace {

// One per loaded module: Redis calls most of our callbacks without any context to carry it.
Api table;

using Getter = int (*)(const char*, void*);

template <class Pointer>
bool fetch(Getter get, const char* name, Pointer& target) {
  void* address = nullptr;
  const std::string full = std::string("RedisModule_") + name;
  if (get(full.c_str(), &address) != ok || address == nullptr) return false;
  static_assert(sizeof(target) == sizeof(address));
  std::memcpy(&target, &address, sizeof(target));
  return true;
}

}  // namespace

const Api& api() { return table; }
void adopt(const Api& bound) { table = bound; }

bool bind(Context* context) {
  // Documented start of the context: its first field is the getter.
  Getter get = nullptr;
  std::memcpy(&get, reinterpret_cast<const void*>(context), sizeof(get));
  const char* missing = nullptr;
  auto want = [&](const char* name, auto& target) {
    if (missing == nullptr && !fetch(get, name, target)) missing = name;
  };
  want("Alloc", table.alloc);
  want("Free", table.free);
  want("Calloc", table.calloc);
  want("MallocSize", table.malloc_size);
  want("SubscribeToServerEvent", table.subscribe_to_server_event);
  want("GetUsedMemoryRatio", table.used_memory_ratio);
  want("Log", table.log);
  want("SetModuleAttribs", table.set_module_attribs);
  want("IsModuleNameBusy", table.is_module_name_busy);
  want("CreateCommand", table.create_command);
  want("SetModuleOptions", table.set_module_options);
  want("GetContextFlags", table.context_flags);
  want("GetServerVersion", table.get_server_version);
  want("IsKeysPositionRequest", table.is_keys_position_request);
  want("RegisterInfoFunc", table.register_info_func);
  want("InfoAddSection", table.info_add_section);
  want("InfoAddFieldCString", table.info_add_field_cstring);
  want("InfoAddFieldULongLong", table.info_add_field_ulonglong);
  want("GetServerInfo", table.get_server_info);
  want("ServerInfoGetFieldUnsigned", table.server_info_unsigned);
  want("FreeServerInfo", table.free_server_info);
  want("CreateString", table.create_string);
  want("FreeString", table.free_string);
  want("StringPtrLen", table.string_ptr_len);
  want("ReplyWithLongLong", table.reply_integer);
  want("ReplyWithDouble", table.reply_double);
  want("ReplyWithError", table.reply_error);
  want("ReplyWithSimpleString", table.reply_simple);
  want("ReplyWithArray", table.reply_array);
  want("ReplyWithStringBuffer", table.reply_buffer);
  want("ReplyWithNull", table.reply_null);
  want("OpenKey", table.open_key);
  want("CloseKey", table.close_key);
  want("KeyType", table.key_type);
  want("ModuleTypeGetType", table.value_type);
  want("ModuleTypeGetValue", table.value);
  want("ModuleTypeSetValue", table.set_value);
  want("ModuleTypeReplaceValue", table.replace_value);
  want("UnlinkKey", table.unlink_key);
  want("SetExpire", table.set_expire);
  want("NotifyKeyspaceEvent", table.notify);
  want("GetSelectedDb", table.selected_db);
  want("SelectDb", table.select_db);
  want("Replicate", table.replicate);
  want("ReplicateVerbatim", table.replicate_verbatim);
  want("ScanCursorCreate", table.scan_cursor);
  want("ScanCursorDestroy", table.free_scan_cursor);
  want("Scan", table.scan);
  want("CreateDataType", table.create_data_type);
  want("SaveUnsigned", table.save_unsigned);
  want("LoadUnsigned", table.load_unsigned);
  want("SaveStringBuffer", table.save_buffer);
  want("LoadStringBuffer", table.load_buffer);
  want("IsIOError", table.is_io_error);
  want("LogIOError", table.log_io_error);
  want("EmitAOF", table.emit_aof);
  want("DigestAddStringBuffer", table.digest_add_buffer);
  want("DigestEndSequence", table.digest_end);
  want("BlockClient", table.block_client);
  want("UnblockClient", table.unblock_client);
  want("SetDisconnectCallback", table.set_disconnect_callback);
  want("BlockedClientMeasureTimeStart", table.measure_start);
  want("BlockedClientMeasureTimeEnd", table.measure_end);
  want("AvoidReplicaTraffic", table.avoid_replica_traffic);
  want("RegisterCommandFilter", table.register_command_filter);
  want("CreateTimer", table.create_timer);
  want("StopTimer", table.stop_timer);
  want("GetThreadSafeContext", table.thread_safe_context);
  want("FreeThreadSafeContext", table.free_thread_safe_context);
  want("ThreadSafeContextLock", table.lock);
  want("ThreadSafeContextUnlock", table.unlock);
  // New in 7.0 from here on, so that an older server gets the message below.
  want("GetDetachedThreadSafeContext", table.detached_context);
  want("KeyAtPosWithFlags", table.key_at_pos_with_flags);
  want("TryAlloc", table.try_alloc);
  want("GetCurrentUserName", table.current_user_name);
  want("GetModuleUserFromUserName", table.user_named);
  want("FreeModuleUser", table.free_user);
  want("ACLCheckKeyPermissions", table.check_key_permissions);
  if (missing == nullptr) return true;
  if (table.log != nullptr) {
    table.log(context, "warning", "tensordb needs Redis 7.0 or newer: RedisModule_%s is missing", missing);
  }
  return false;
}

}  // namespace windtunnel::tensordb::redis
