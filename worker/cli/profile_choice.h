/* The profile that a command was told to use: a built-in one by name, or a file of the user's. */
#ifndef MG_WORKER_CLI_PROFILE_CHOICE_H
#define MG_WORKER_CLI_PROFILE_CHOICE_H

#include "base/error.h"

/** @param name      GENRE/PURPOSE, GENRE alone (its streaming profile), or a file ending in .json
 *  @param ret_json  a checked profile; owned by the caller (free())
 *  @return MG_OK; MG_E_NOT_FOUND, with the nearest name; MG_E_PERMISSION; MG_E_IO; MG_E_CONFIG: the
 *          file is no profile, with the field that is wrong; MG_E_NOMEM */
mg_err mg_profile_choose(const char *name, char **ret_json, mg_errinfo *err);

#endif
