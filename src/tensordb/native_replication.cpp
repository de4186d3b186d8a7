#include "tensordb/native_replication.h"

namespace windtunnel::tensordb {

using redis::api;

CommandLine::CommandLine(const Arguments& arguments) {
  for (int i = 0; i < arguments.count(); ++i) words_.emplace_back(arguments.at(i));
}

void CommandLine::replicate(redis::Context* context) const {
  std::vector<redis::String*> rest;
  for (std::size_t i = 1; i < words_.size(); ++i) {
    rest.push_back(api().create_string(context, words_[i].data(), words_[i].size()));
  }
  api().replicate(context, words_[0].c_str(), "v", rest.data(), rest.size());
  for (redis::String* word : rest) api().free_string(context, word);
}

}  // namespace windtunnel::tensordb
