"""What Google Chat allows, as numbers, and whom it calls by which name."""

from __future__ import annotations

from openclaw.ports.channel import ChannelCapabilities, SendRate

#: A message with its cards, in bytes: developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages.
MAX_MESSAGE_BYTES = 32_000
#: What a rendered text may take of it, so that the rest of the message fits. Bytes.
MAX_TEXT_BYTES = 29_000
#: Where replies are cut: in any script that fits, with its markup.
MAX_CHUNK_CHARS = 4_000
#: An upload, in bytes (…/rest/v1/media/upload).
MAX_UPLOAD_BYTES = 200_000_000
#: What a button may say, in bytes: our own bound, far below the message's.
MAX_SAYS_BYTES = 2_000

#: Who signs the calls of apps that were configured with their project's number, and of older ones with their address
#: (developers.google.com/workspace/chat/verify-requests-from-chat).
CHAT_ISSUER = "chat@system.gserviceaccount.com"
#: Who signs those of newer ones: an account per project.
ADD_ON_ISSUER = "service-{project_number}@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
OIDC_ISSUERS = frozenset({"accounts.google.com", "https://accounts.google.com"})
#: How far Google's clock may be from ours. Seconds.
CLOCK_SKEW_SECONDS = 30
#: How long certificates are kept, and how soon a key that is not among them makes us ask again. Seconds.
CERTIFICATES_SECONDS, CERTIFICATES_AGAIN_SECONDS = 3_600.0, 60.0

#: What an app may do as itself, and what uploads need, which only people may do (…/chat/authenticate-authorize).
APP_SCOPE = "https://www.googleapis.com/auth/chat.bot"
PERSON_SCOPE = "https://www.googleapis.com/auth/chat.messages.create"
#: How long an assertion is good for (the longest that Google takes), and how early a token is renewed. Seconds.
ASSERTION_SECONDS, RENEW_EARLY_SECONDS = 3_600, 300.0

#: Google counts writes in each space, one a second (…/workspace/chat/limits), and edits among them. Milliseconds;
#: characters.
EDIT_INTERVAL_MS, MIN_BLOCK_CHARS = 2_000, 1_500

#: Google names no end to that ("…/spaces.messages/create", requestId); ours is past the last attempt. Milliseconds.
KNOWN_AGAIN_MS = 3_600_000

CAPABILITIES = ChannelCapabilities(
    max_text_chars=MAX_CHUNK_CHARS,
    dialect="google-chat",
    edits=True,
    edit_interval_ms=EDIT_INTERVAL_MS,
    buttons=True,
    media=True,
    max_media_bytes=MAX_UPLOAD_BYTES,
    threads=True,
    unknown_policy="hold",
    known_again_ms=KNOWN_AGAIN_MS,
    min_block_chars=MIN_BLOCK_CHARS,
    send_rates=(SendRate(1, 1_000, per_conversation=True), SendRate(3_000, 60_000)),
)
