/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "engine/settings/settings_parts.h"

static void
strings_free(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static void
store_clear(struct settings_store *s)
{
	size_t i;

	for (i = 0; i < s->nametrans_len; i++) {
		free(s->nametrans[i].pattern);
		free(s->nametrans[i].replacement);
	}
	free(s->nametrans);
	if (s->pass != NULL)
		wipe(s->pass, strlen(s->pass));
	free(s->pass);
	free(s->passcmd);
	free(s->passfile);
	strings_free(s->folders);
	strings_free(s->auth_mechanisms);
	strings_free(s->cert_fingerprint);
	strings_free(s->disable_extensions);
	strings_free(s->idlefolders);
	free(s->host);
	free(s->user);
	free(s->remote_identity);
	free(s->sslcacertfile);
	free(s->sslclientcert);
	free(s->sslclientkey);
	free(s->preauthtunnel);
	free(s->transporttunnel);
	free(s->reference);
	free(s->path);
}

void
settings_account_clear(struct settings_account *a)
{
	free(a->name);
	store_clear(&a->store[LOCAL]);
	store_clear(&a->store[REMOTE]);
	free(a->presynchook);
	free(a->postsynchook);
	free(a->newmail_hook);
	memset(a, 0, sizeof(*a));
}

void
settings_free(struct settings *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->accounts_len; i++)
		settings_account_clear(&s->accounts[i]);
	free(s->accounts);
	for (i = 0; i < s->warnings_len; i++)
		free(s->warnings[i]);
	free(s->warnings);
	free(s->file);
	free(s->metadata);
	free(s->ui);
	free(s->ui_where);
	free(s);
}
