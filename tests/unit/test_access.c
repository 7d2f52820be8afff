// Who may come in: the hash, the secrets, and how tokens, links and sessions are judged.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/access/access.h"
#include "daemon/base/arena.h"
#include "daemon/base/sha256.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define NOW_US INT64_C(1790000000123456) /* 2026-09-21T14:13:20.123456Z */
#define DAY_US (DAY_S * SECOND_US)

static int
set_up(void **state)
{
	struct err err;

	*state = store_open(":memory:", STORE_WRITE, &err);
	return *state == NULL;
}

static int
tear_down(void **state)
{
	store_close(*state);
	return 0;
}

/* ---- the hash */

static void
assert_hash(const void *bytes, size_t n, const char *expected)
{
	uint8_t hash[SHA256_BYTES];
	char text[2 * SHA256_BYTES + 1];

	sha256(bytes, n, hash);
	for (int i = 0; i < SHA256_BYTES; i++)
		sprintf(text + 2 * i, "%02x", hash[i]);
	assert_string_equal(text, expected);
}

/* FIPS 180-4 examples and the NIST test vectors SHA256ShortMsg and SHA256LongMsg by their lengths. */
static void
the_hash_is_that_of_the_published_vectors(void **state)
{
	char *a = malloc(1000000);

	(void)state;
	assert_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hash("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hash("\xd3", 1, "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
	assert_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_hash("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
		    "mnopqrstnopqrstu",
		112, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
	assert_non_null(a);
	memset(a, 'a', 1000000);
	assert_hash(a, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(a);
}

/* Lengths about the end of a block, where the padding takes one block more; sums by another program. */
static void
the_hash_pads_right_about_the_end_of_a_block(void **state)
{
	static const struct {
		size_t n;
		const char *hash;
	} cases[] = {
		{ 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
		{ 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
		{ 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
		{ 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
		{ 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0" },
		{ 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
		{ 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c" },
	};
	char a[128];

	(void)state;
	memset(a, 'a', sizeof(a));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_hash(a, cases[i].n, cases[i].hash);
}

static void
bytes_are_the_same_only_where_every_bit_is(void **state)
{
	uint8_t a[32] = { 1, 2, 3 }, b[32] = { 1, 2, 3 };

	(void)state;
	assert_true(bytes_same(a, b, 32));
	for (int i = 0; i < 256; i++) {
		b[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(bytes_same(a, b, 32));
		b[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(bytes_same(a, b, 0));
}

/* ---- secrets */

static void
a_secret_has_its_form_and_no_two_are_alike(void **state)
{
	static const char *const begins[] = { "bkv_", "bkl_", "bks_" };
	char text[SECRET_MAX], other[SECRET_MAX], id[TOKEN_ID_MAX];
	struct token token, second;
	struct err err;

	(void)state;
	for (enum token_kind kind = TOKEN_ACCESS; kind <= TOKEN_SESSION; kind++) {
		assert_int_equal(secret_make(kind, text, &token, &err), 0);
		assert_int_equal(secret_make(kind, other, &second, &err), 0);
		assert_int_equal(strncmp(text, begins[kind], 4), 0);
		assert_int_equal(strlen(text), 81);
		assert_string_not_equal(text + 17, other + 17);
		assert_true(secret_read(kind, text, id));
		assert_string_equal(id, token.id);
		assert_false(secret_read((kind + 1) % 3, text, id));
		assert_true(secret_is(text, token.hash));
		assert_false(secret_is(other, token.hash));
	}
}

static void
a_text_that_is_no_secret_is_told_from_one(void **state)
{
	char good[SECRET_MAX], bad[SECRET_MAX + 1], id[TOKEN_ID_MAX];
	struct token token;
	struct err err;

	(void)state;
	assert_int_equal(secret_make(TOKEN_ACCESS, good, &token, &err), 0);
	for (size_t i = 0; i < strlen(good); i++) {
		memcpy(bad, good, sizeof(good));
		bad[i] = 'X';
		assert_false(secret_read(TOKEN_ACCESS, bad, id));
		bad[i] = '\0';
		assert_false(secret_read(TOKEN_ACCESS, bad, id));
	}
	sprintf(bad, "%s0", good);
	assert_false(secret_read(TOKEN_ACCESS, bad, id));
}

static void
a_csrf_token_follows_from_the_session_and_is_not_its_hash(void **state)
{
	char one[SECRET_MAX], two[SECRET_MAX], csrf[65], again[65], other[65], hash[65];
	struct token token;
	struct err err;

	(void)state;
	assert_int_equal(secret_make(TOKEN_SESSION, two, &token, &err), 0);
	assert_int_equal(secret_make(TOKEN_SESSION, one, &token, &err), 0);
	secret_csrf(one, csrf);
	secret_csrf(one, again);
	secret_csrf(two, other);
	for (int i = 0; i < 32; i++)
		sprintf(hash + 2 * i, "%02x", token.hash[i]);
	assert_string_equal(csrf, again);
	assert_string_not_equal(csrf, other);
	assert_string_not_equal(csrf, hash);
}

static void
a_log_line_does_not_keep_a_secret(void **state)
{
	char text[SECRET_MAX], line[512], expected[512];
	struct token token;
	struct err err;

	(void)state;
	assert_int_equal(secret_make(TOKEN_LOGIN, text, &token, &err), 0);
	snprintf(line, sizeof(line), "/login?code=%s&x=%s and more", text, text);
	snprintf(expected, sizeof(expected), "/login?code=bkl_%s_...&x=bkl_%s_... and more", token.id, token.id);
	assert_string_equal(secret_hide(line), expected);
	snprintf(line, sizeof(line), "cut %.60s", text);
	snprintf(expected, sizeof(expected), "cut bkl_%s_...", token.id);
	assert_string_equal(secret_hide(line), expected);
	strcpy(line, "bk bkx_ bkv_short /book?bkv_=1");
	assert_string_equal(secret_hide(line), "bk bkx_ bkv_short /book?bkv_=1");
}

/* ---- tokens, links, sessions */

static struct access_wish
wish(enum token_kind kind, const char *name)
{
	return (struct access_wish){ .kind = kind, .name = name, .scope = TOKEN_READ, .now_us = NOW_US };
}

static enum access_verdict
judge(struct store *store, enum token_kind kind, const char *text, int64_t now_us)
{
	enum access_verdict verdict;
	struct token token;
	struct err err;

	assert_int_equal(access_judge(store, kind, text, now_us, &token, &verdict, &err), 0);
	return verdict;
}

static void
a_token_counts_until_the_instant_it_expires(void **state)
{
	struct access_wish asked = wish(TOKEN_ACCESS, "ci");
	char text[SECRET_MAX];
	struct token token;
	struct err err;

	asked.expires_us = NOW_US + DAY_US;
	assert_int_equal(access_give(*state, &asked, text, &token, &err), 0);
	assert_int_equal(judge(*state, TOKEN_ACCESS, text, NOW_US), ACCESS_GOOD);
	assert_int_equal(judge(*state, TOKEN_ACCESS, text, NOW_US + DAY_US - 1), ACCESS_GOOD);
	assert_int_equal(judge(*state, TOKEN_ACCESS, text, NOW_US + DAY_US), ACCESS_EXPIRED);
}

static void
a_token_without_an_end_has_none(void **state)
{
	const struct access_wish asked = wish(TOKEN_ACCESS, "ci");
	char text[SECRET_MAX];
	struct token token;
	struct err err;

	assert_int_equal(access_give(*state, &asked, text, &token, &err), 0);
	assert_int_equal(judge(*state, TOKEN_ACCESS, text, NOW_US + 36500 * DAY_US), ACCESS_GOOD);
}

static void
a_wrong_digit_anywhere_makes_a_token_unknown(void **state)
{
	const struct access_wish asked = wish(TOKEN_ACCESS, "ci");
	char text[SECRET_MAX];
	struct token token;
	struct err err;

	assert_int_equal(access_give(*state, &asked, text, &token, &err), 0);
	for (size_t i = 0; i < strlen(text); i++) {
		char was = text[i];

		text[i] = was == '0' ? '1' : '0';
		assert_int_equal(judge(*state, TOKEN_ACCESS, text, NOW_US), ACCESS_UNKNOWN);
		text[i] = was;
	}
	assert_int_equal(judge(*state, TOKEN_ACCESS, text, NOW_US), ACCESS_GOOD);
	assert_int_equal(judge(*state, TOKEN_ACCESS, "", NOW_US), ACCESS_UNKNOWN);
}

static void
a_secret_of_one_kind_is_none_of_another(void **state)
{
	for (enum token_kind kind = TOKEN_ACCESS; kind <= TOKEN_SESSION; kind++) {
		const struct access_wish asked = wish(kind, "x");
		char text[SECRET_MAX];
		struct token token;
		struct err err;

		assert_int_equal(access_give(*state, &asked, text, &token, &err), 0);
		for (enum token_kind other = TOKEN_ACCESS; other <= TOKEN_SESSION; other++) {
			text[2] = "vls"[other];
			assert_int_equal(
				judge(*state, other, text, NOW_US), other == kind ? ACCESS_GOOD : ACCESS_UNKNOWN);
		}
	}
}

static void
a_revoked_token_counts_no_more_and_its_name_is_free(void **state)
{
	const struct access_wish asked = wish(TOKEN_ACCESS, "ci");
	char text[SECRET_MAX], second[SECRET_MAX];
	struct token token;
	struct err err;

	assert_int_equal(access_give(*state, &asked, text, &token, &err), 0);
	assert_int_equal(access_give(*state, &asked, second, &token, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "'ci'"));
	assert_int_equal(access_revoke(*state, "other", NOW_US, &err), 0);
	assert_int_equal(access_revoke(*state, "ci", NOW_US, &err), 1);
	assert_int_equal(access_revoke(*state, "ci", NOW_US, &err), 0);
	assert_int_equal(judge(*state, TOKEN_ACCESS, text, NOW_US), ACCESS_REVOKED);
	assert_int_equal(access_give(*state, &asked, second, &token, &err), 0);
	assert_int_equal(judge(*state, TOKEN_ACCESS, second, NOW_US), ACCESS_GOOD);
	assert_int_equal(access_revoke(*state, token.id, NOW_US, &err), 1);
}

static void
the_name_of_an_expired_token_is_free(void **state)
{
	struct access_wish asked = wish(TOKEN_ACCESS, "ci");
	char text[SECRET_MAX];
	struct token token;
	struct err err;

	asked.expires_us = NOW_US + 1;
	assert_int_equal(access_give(*state, &asked, text, &token, &err), 0);
	assert_int_equal(token_live(*state, NULL, NOW_US, &err), 1);
	asked.now_us = NOW_US + 1;
	asked.expires_us = 0;
	assert_int_equal(token_live(*state, NULL, NOW_US + 1, &err), 0);
	assert_int_equal(access_give(*state, &asked, text, &token, &err), 0);
}

static void
only_access_tokens_let_a_daemon_listen_to_others(void **state)
{
	const struct access_wish link = wish(TOKEN_LOGIN, "x"), session = wish(TOKEN_SESSION, "x");
	char text[SECRET_MAX];
	struct token token;
	struct err err;

	assert_int_equal(access_give(*state, &link, text, &token, &err), 0);
	assert_int_equal(access_give(*state, &session, text, &token, &err), 0);
	assert_int_equal(token_live(*state, NULL, NOW_US, &err), 0);
}

static void
a_name_that_cannot_be_told_from_something_else_is_refused(void **state)
{
	static const char *const names[] = { "", "0123456789ab", "a\nb", "bkv_x", "\xff",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	char text[SECRET_MAX];
	struct token token;
	struct err err;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct access_wish asked = wish(TOKEN_ACCESS, names[i]);

		assert_int_equal(access_give(*state, &asked, text, &token, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
	}
	assert_int_equal(token_live(*state, NULL, NOW_US, &err), 0);
}

static void
a_link_makes_one_session_and_no_second(void **state)
{
	struct access_wish asked = wish(TOKEN_LOGIN, "office");
	struct access_login login = { .now_us = NOW_US + SECOND_US, .expires_us = NOW_US + DAY_US };
	char code[SECRET_MAX], session[SECRET_MAX];
	enum access_verdict verdict;
	struct token token;
	struct err err;

	asked.expires_us = NOW_US + LOGIN_LINK_S * SECOND_US;
	asked.scope = TOKEN_ADMIN;
	assert_int_equal(access_give(*state, &asked, code, &token, &err), 0);
	login.code = code;
	assert_int_equal(access_redeem(*state, &login, session, &token, &verdict, &err), 0);
	assert_int_equal(verdict, ACCESS_GOOD);
	assert_int_equal(token.kind, TOKEN_SESSION);
	assert_int_equal(token.scope, TOKEN_ADMIN);
	assert_string_equal(token.name, "office");
	assert_int_equal(judge(*state, TOKEN_SESSION, session, NOW_US + DAY_US - 1), ACCESS_GOOD);
	assert_int_equal(judge(*state, TOKEN_SESSION, session, NOW_US + DAY_US), ACCESS_EXPIRED);
	assert_int_equal(access_redeem(*state, &login, session, &token, &verdict, &err), 0);
	assert_int_equal(verdict, ACCESS_SPENT);
}

static void
a_link_that_is_old_or_revoked_makes_no_session(void **state)
{
	struct access_wish asked = wish(TOKEN_LOGIN, "office");
	struct access_login login = { .expires_us = NOW_US + DAY_US };
	char code[SECRET_MAX], session[SECRET_MAX];
	enum access_verdict verdict;
	struct token token;
	struct err err;

	asked.expires_us = NOW_US + LOGIN_LINK_S * SECOND_US;
	assert_int_equal(access_give(*state, &asked, code, &token, &err), 0);
	login.code = code;
	login.now_us = asked.expires_us;
	assert_int_equal(access_redeem(*state, &login, session, &token, &verdict, &err), 0);
	assert_int_equal(verdict, ACCESS_EXPIRED);
	login.now_us = NOW_US;
	assert_int_equal(access_revoke(*state, token.id, NOW_US, &err), 1);
	assert_int_equal(access_redeem(*state, &login, session, &token, &verdict, &err), 0);
	assert_int_equal(verdict, ACCESS_REVOKED);
	assert_int_equal(judge(*state, TOKEN_SESSION, code, NOW_US), ACCESS_UNKNOWN);
}

static void
a_use_is_written_down_once_in_a_while(void **state)
{
	const struct access_wish asked = wish(TOKEN_ACCESS, "ci");
	char text[SECRET_MAX];
	struct token token;
	struct err err;

	assert_int_equal(access_give(*state, &asked, text, &token, &err), 0);
	assert_true(access_use_is_news(&token, NOW_US));
	access_note_use(*state, token.id, NOW_US);
	assert_int_equal(token_get(*state, token.id, &token, &err), 1);
	assert_int_equal(token.used_us, NOW_US);
	assert_false(access_use_is_news(&token, NOW_US + 899 * SECOND_US));
	assert_true(access_use_is_news(&token, NOW_US + 900 * SECOND_US));
	access_note_use(*state, token.id, NOW_US - 1);
	assert_int_equal(token_get(*state, token.id, &token, &err), 1);
	assert_int_equal(token.used_us, NOW_US);
}

static void
links_and_sessions_of_long_ago_are_forgotten_and_tokens_are_not(void **state)
{
	struct access_wish session = wish(TOKEN_SESSION, "x"), access = wish(TOKEN_ACCESS, "ci");
	struct arena *arena = arena_new();
	char text[SECRET_MAX];
	struct token token, *all;
	struct err err;
	size_t n;

	session.expires_us = access.expires_us = NOW_US + 1;
	assert_int_equal(access_give(*state, &session, text, &token, &err), 0);
	assert_int_equal(access_give(*state, &access, text, &token, &err), 0);
	access.now_us = NOW_US + 31 * DAY_US;
	access.expires_us = 0;
	access.name = "cd";
	assert_int_equal(access_give(*state, &access, text, &token, &err), 0);
	assert_int_equal(token_all(*state, arena, &all, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_string_equal(all[0].name, "ci");
	assert_string_equal(all[1].name, "cd");
	arena_free(arena);
}

static void
what_was_revoked_stays_so_when_an_older_ledger_takes_the_place(void **state)
{
	const struct access_wish one = wish(TOKEN_ACCESS, "one"), two = wish(TOKEN_ACCESS, "two");
	char first[SECRET_MAX], second[SECRET_MAX];
	struct token revoked, kept;
	struct err err;
	struct store *before = store_open(":memory:", STORE_WRITE, &err);

	assert_non_null(before);
	assert_int_equal(access_give(*state, &one, first, &revoked, &err), 0);
	assert_int_equal(access_give(*state, &two, second, &kept, &err), 0);
	assert_int_equal(store_begin(before, &err), 0);
	assert_int_equal(token_put(before, &revoked, &err), 0);
	assert_int_equal(token_put(before, &kept, &err), 0);
	assert_int_equal(store_commit(before, &err), 0);
	assert_int_equal(access_revoke(before, "one", NOW_US + 5, &err), 1);
	assert_int_equal(access_carry_revoked(before, *state, &err), 1);
	assert_int_equal(access_carry_revoked(before, *state, &err), 0);
	assert_int_equal(judge(*state, TOKEN_ACCESS, first, NOW_US), ACCESS_REVOKED);
	assert_int_equal(judge(*state, TOKEN_ACCESS, second, NOW_US), ACCESS_GOOD);
	assert_int_equal(token_get(*state, revoked.id, &revoked, &err), 1);
	assert_int_equal(revoked.revoked_us, NOW_US + 5);
	store_close(before);
}

/* ---- words */

static void
an_end_is_a_time_from_now_or_a_date_ahead(void **state)
{
	static const struct {
		const char *text;
		int64_t ahead_us;
	} good[] = { { "1h", 3600 * SECOND_US }, { "90d", 90 * DAY_US }, { "2w", 14 * DAY_US } };
	static const char *const bad[] = { "", "0d", "d", "90", "90 d", "-1d", "90D", "1e3d", "99999999w", "2026-09-21",
		"2026-02-30", "tomorrow", "1790000001" };
	int64_t expires_us;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(expiry_parse(good[i].text, NOW_US, &expires_us, &err), 0);
		assert_int_equal(expires_us, NOW_US + good[i].ahead_us);
	}
	assert_int_equal(expiry_parse("2027-01-31", NOW_US, &expires_us, &err), 0);
	assert_int_equal(expires_us, INT64_C(1801353600) * SECOND_US);
	assert_int_equal(expiry_parse("2026-09-21T14:13:21Z", NOW_US, &expires_us, &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (expiry_parse(bad[i], NOW_US, &expires_us, &err) == 0)
			fail_msg("'%s' is taken", bad[i]);
		assert_int_equal(err.kind, ERR_INPUT);
	}
}

static void
a_scope_is_one_of_three_words(void **state)
{
	enum token_scope scope;
	struct err err;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(scope_parse(scope_names[i], &scope, &err), 0);
		assert_int_equal(scope, i);
	}
	assert_int_equal(scope_parse("root", &scope, &err), -1);
	assert_non_null(strstr(err.text, "read, ingest, admin"));
}

#define WITH_STORE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_that_of_the_published_vectors),
		cmocka_unit_test(the_hash_pads_right_about_the_end_of_a_block),
		cmocka_unit_test(bytes_are_the_same_only_where_every_bit_is),
		cmocka_unit_test(a_secret_has_its_form_and_no_two_are_alike),
		cmocka_unit_test(a_text_that_is_no_secret_is_told_from_one),
		cmocka_unit_test(a_csrf_token_follows_from_the_session_and_is_not_its_hash),
		cmocka_unit_test(a_log_line_does_not_keep_a_secret),
		WITH_STORE(a_token_counts_until_the_instant_it_expires),
		WITH_STORE(a_token_without_an_end_has_none),
		WITH_STORE(a_wrong_digit_anywhere_makes_a_token_unknown),
		WITH_STORE(a_secret_of_one_kind_is_none_of_another),
		WITH_STORE(a_revoked_token_counts_no_more_and_its_name_is_free),
		WITH_STORE(the_name_of_an_expired_token_is_free),
		WITH_STORE(only_access_tokens_let_a_daemon_listen_to_others),
		WITH_STORE(a_name_that_cannot_be_told_from_something_else_is_refused),
		WITH_STORE(a_link_makes_one_session_and_no_second),
		WITH_STORE(a_link_that_is_old_or_revoked_makes_no_session),
		WITH_STORE(a_use_is_written_down_once_in_a_while),
		WITH_STORE(links_and_sessions_of_long_ago_are_forgotten_and_tokens_are_not),
		WITH_STORE(what_was_revoked_stays_so_when_an_older_ledger_takes_the_place),
		cmocka_unit_test(an_end_is_a_time_from_now_or_a_date_ahead),
		cmocka_unit_test(a_scope_is_one_of_three_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
