"""Settings, from the environment only. PORTAL_MODE says what kind of place this is.

demo        one machine, SQLite, invented people; `manage.py demo` writes var/demo.env
test        the suite
production  everything must be configured, nothing secret has a default
"""

import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# What this installation writes besides its database: the demo's files, beat's clock.
VAR_DIR = BASE_DIR / env.str("PORTAL_VAR", default="var")
DEMO_ENV = VAR_DIR / "demo.env"
# The suite is always the suite, whatever this checkout is configured for.
if "pytest" in sys.modules:
    env.ENVIRON.setdefault("PORTAL_MODE", "test")


class DemoEnv(environ.Env):
    """What `manage.py demo` was started with here; the bootstrap writes it."""

    ENVIRON: dict[str, str] = {}


# The other commands of a checkout find the demo's database by themselves, but only
# where nobody said PORTAL_MODE and nothing contradicts it: production never falls
# back to the demo, not even with a variable forgotten.
if "PORTAL_MODE" not in env.ENVIRON and DEMO_ENV.exists():
    DemoEnv.read_env(DEMO_ENV)
    if all(
        env.ENVIRON.get(name, DemoEnv.ENVIRON.get(name)) == DemoEnv.ENVIRON.get(name)
        for name in ("SECRET_KEY", "DATABASE_URL")
    ):
        env.ENVIRON.update({**DemoEnv.ENVIRON, **env.ENVIRON})

MODE = env.str("PORTAL_MODE", default="production")
if MODE not in ("demo", "test", "production"):
    raise ImproperlyConfigured(
        f"PORTAL_MODE={MODE!r}: escriba demo, test o production."
    )
DEMO, TEST, PRODUCTION = MODE == "demo", MODE == "test", MODE == "production"
DEBUG = False


def required(name: str, *, otherwise: str) -> str:
    """A setting that production must be given; the demo and the tests have one."""
    if PRODUCTION:
        value = env.str(name, default="")
        if not value:
            raise ImproperlyConfigured(f"Falta {name} en el entorno.")
        return value
    return env.str(name, default=otherwise)


# --- The house ---------------------------------------------------------------
SECRET_KEY = required(
    "SECRET_KEY", otherwise="solo-para-la-demo-y-las-pruebas-" + "x" * 32
)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# One-time codes are derived from these keys and stored nowhere. The first one
# makes codes, all of them check. Empty: a key derived from SECRET_KEY.
CODE_KEYS = env.list("CODE_KEYS", default=[])
# How many codes this installation sends at most, whoever asks (AUT-13).
CODE_BUDGET_HOUR = env.int("CODE_BUDGET_HOUR", default=3_000)
CODE_BUDGET_DAY = env.int("CODE_BUDGET_DAY", default=30_000)
ALLOWED_HOSTS = [
    h
    for h in required(
        "ALLOWED_HOSTS", otherwise="127.0.0.1,localhost,[::1],testserver"
    ).split(",")
    if h
]
BASE_URL = required("BASE_URL", otherwise="http://127.0.0.1:8000").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
if PRODUCTION and not HTTPS:
    raise ImproperlyConfigured("BASE_URL debe empezar por https:// en producción.")
# How many proxies of ours stand in front; the client's address is read at that
# hop from the right and nowhere else (WEB-08).
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
ADMIN_PATH = env.str("ADMIN_PATH", default="admin/")

# What the network is called and where it answers; never written in a template.
ORGANISATION_OF_THE_DEMO = {
    "name": "IPS Guayacán",
    "sms_name": "IPS Guayacan",
    "phone": "601 555 0100",
    "phone_link": "+576015550100",
    "hours": "Lunes a sábado, de 6:00 a. m. a 8:00 p. m.",
}
ORGANISATION = {
    key: env.str(f"ORG_{key.upper()}", default=invented)
    for key, invented in ORGANISATION_OF_THE_DEMO.items()
} | {"short_url": env.str("SHORT_URL", default=BASE_URL.split("//")[-1])}

# A request is answered within so many business hours, and a time that the clinic proposes
# instead is kept for so long.
REQUEST_ANSWER_HOURS = env.float("REQUEST_ANSWER_HOURS", default=8.0)
PROPOSAL_HOURS = env.float("PROPOSAL_HOURS", default=24.0)
if REQUEST_ANSWER_HOURS <= 0 or PROPOSAL_HOURS <= 0:
    raise ImproperlyConfigured("Los plazos de las solicitudes deben ser positivos.")

# Whether the waiting list serves first those whom the law prefers (older adults,
# pregnancy, disability), and then by time waiting; otherwise by time waiting alone.
WAITING_LIST_PRIORITY = env.bool("WAITING_LIST_PRIORITY", default=False)
# Within how many business days a «solicitud radicada» is answered.
FILED_ANSWER_DAYS = env.int("FILED_ANSWER_DAYS", default=5)
# By agreement, as «code=days,code=days»: those that promise another term.
FILED_ANSWER_DAYS_BY_AGREEMENT = {
    code: int(days)
    for code, days in env.dict("FILED_ANSWER_DAYS_BY_AGREEMENT", default={}).items()
}
if min([FILED_ANSWER_DAYS, *FILED_ANSWER_DAYS_BY_AGREEMENT.values()]) < 1:
    raise ImproperlyConfigured("El plazo de una solicitud radicada es de un día o más.")
# A first free time further away than this is «far»: the page says what would be sooner.
FAR_DAYS = env.int("FAR_DAYS", default=10)
# Several appointments: minutes from one room to another, and between sites of one city
# for which nobody wrote a travel time.
ROOM_TO_ROOM_MINUTES = env.int("ROOM_TO_ROOM_MINUTES", default=10)
TRAVEL_MINUTES = env.int("TRAVEL_MINUTES", default=60)
# How long the planner may think before it shows the best that it found.
PLANNER_SECONDS = env.float("PLANNER_SECONDS", default=1.5)

# Where a virtual appointment takes place; {room} is a name that nobody guesses.
VIDEO_URL_TEMPLATE = env.str("VIDEO_URL_TEMPLATE", default="https://meet.jit.si/{room}")
if "{room}" not in VIDEO_URL_TEMPLATE or not VIDEO_URL_TEMPLATE.startswith("https://"):
    raise ImproperlyConfigured(
        "VIDEO_URL_TEMPLATE debe empezar por https:// y tener {room}."
    )

DJANGO_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
]
LIBRARIES = [
    "captcha",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    "simple_history",
]
OURS = [
    "portal.audit",
    "portal.messaging",
    "portal.ui",
    "catalog",
    "accounts",
    "appointments",
    "portal.ops",
]
INSTALLED_APPS = [*OURS, "portal.admin_app.PortalAdminConfig", *DJANGO_APPS, *LIBRARIES]

MIDDLEWARE = [
    "portal.ui.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.ui.middleware.no_store",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.ui.middleware.only_known_methods",
    "portal.ui.middleware.only_readable_text",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "portal.ui.middleware.SignInRequired",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.session_limits",
    "axes.middleware.AxesMiddleware",  # last, as its manual says
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.ui.context.organisation",
                "accounts.context.session",
                "accounts.context.active_person",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data --------------------------------------------------------------------
if PRODUCTION and not env.str("DATABASE_URL", default=""):
    raise ImproperlyConfigured("Falta DATABASE_URL en el entorno.")
DATABASES = {
    "default": env.db(
        "DATABASE_URL", default=f"sqlite:///{VAR_DIR / (MODE + '.sqlite3')}"
    )
}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("postgresql"):
    _database.update(
        CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=60), CONN_HEALTH_CHECKS=True
    )
    _database.setdefault("OPTIONS", {}).update(connect_timeout=5)
else:
    # IMMEDIATE: one writer at a time, and no "database is locked" (design §3).
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    # A file: an in-memory database cannot be shared with threads and workers.
    _database["TEST"] = {
        "NAME": str(
            VAR_DIR / f"{env.str('TEST_DATABASE', default='test')}.tests.sqlite3"
        )
    }
    VAR_DIR.mkdir(parents=True, exist_ok=True)

CACHE_URL = env.str("CACHE_URL", default="")
CACHES = {
    "default": env.cache_url("CACHE_URL")
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Time and language ---------------------------------------------------------
LANGUAGE_CODE = "es"  # not es-co, which writes «24 de Noviembre»
TIME_ZONE = "America/Bogota"
USE_TZ = True
USE_I18N = True

# --- Who may enter ---------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TEST:
    # A slow hash protects people; in the suite it only costs minutes.
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.validators.Strength"}]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "appointments:office"
LOGOUT_REDIRECT_URL = "ui:index"
OTP_LOGIN_URL = LOGIN_URL

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "portal.audit.origin.client_address"  # WEB-08
AXES_WHITELIST_CALLABLE = "accounts.known_device.is_known"  # AUT-12
AXES_LOCKOUT_CALLABLE = "accounts.views.sign_in.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # the audit trail says it
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password"]
AXES_VERBOSE = False

SESSION_IDLE = timedelta(minutes=30)
SESSION_LONGEST = timedelta(hours=12)
SESSION_COOKIE_AGE = int(SESSION_IDLE.total_seconds())
SESSION_SAVE_EVERY_REQUEST = True
# The cookie goes when the browser is closed; until then it lets us say why a
# session ended (accounts.middleware).
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.ui.errors.forged"
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Supervisors and balancers ask from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^salud/$", r"^listo/$"]
# W021: preload is a promise about the whole domain that only its owner can make.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("geolocation", "camera", "microphone", "payment", "usb")
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
# Files are few, and each is cut off before it fills anything (portal.ui.uploads, UPL-01).
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_HANDLERS = [
    "portal.ui.uploads.Limited",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# What patients send, outside of everything that a web server serves.
UPLOADS_DIR = Path(env.str("UPLOADS_DIR", default=str(VAR_DIR / "uploads")))

# --- Captcha (read by the library when it is imported) --------------------------
CAPTCHA_TEST_MODE = env.bool("CAPTCHA_TEST_MODE", default=False)
if CAPTCHA_TEST_MODE and PRODUCTION:
    raise ImproperlyConfigured("CAPTCHA_TEST_MODE no se admite en producción.")
CAPTCHA_LENGTH = 5
CAPTCHA_TIMEOUT = 5  # minutes (CAP-01)
CAPTCHA_LETTER_ROTATION = (-15, 15)
CAPTCHA_FONT_SIZE = 54
CAPTCHA_IMAGE_SIZE = (240, 80)
CAPTCHA_NOISE_FUNCTIONS = ("captcha.helpers.noise_arcs",)  # dots hide it from people
CAPTCHA_CHALLENGE_FUNCT = "portal.ui.captcha.letters"
CAPTCHA_SOX_PATH = None
CAPTCHA_FLITE_PATH = None  # portal.ui.captcha speaks Spanish instead

# --- Files -----------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
if not PRODUCTION:
    STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns where there is none

# --- Messages --------------------------------------------------------------------
# The suite is configured like a site with e-mail and SMS whose servers do not answer;
# the tests that send point these at servers of their own (portal.testing).
EMAIL_URL = env.str("EMAIL_URL", default="smtp://127.0.0.1:9" if TEST else "")
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL",
    default="" if PRODUCTION else "Oficina virtual <citas@guayacan.example>",
)
EMAIL_TIMEOUT = 5
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL", default=EMAIL_URL))
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="AC1" if TEST else "")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="test" if TEST else "")
TWILIO_FROM = env.str("TWILIO_FROM", default="+15005550006" if TEST else "")
TWILIO_WHATSAPP_FROM = env.str("TWILIO_WHATSAPP_FROM", default="")
TWILIO_API_BASE = env.str(
    "TWILIO_API_BASE", default="http://127.0.0.1:9" if TEST else ""
)
if PRODUCTION:
    if not EMAIL_URL and not TWILIO_ACCOUNT_SID:
        raise ImproperlyConfigured(
            "No hay por dónde enviar mensajes: configure EMAIL_URL (correo) o "
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN y TWILIO_FROM (SMS)."
        )
    if EMAIL_URL and not DEFAULT_FROM_EMAIL:
        raise ImproperlyConfigured(
            "Falta DEFAULT_FROM_EMAIL en el entorno: quién firma los correos."
        )
    if TWILIO_ACCOUNT_SID and not (
        TWILIO_AUTH_TOKEN and (TWILIO_FROM or TWILIO_WHATSAPP_FROM)
    ):
        raise ImproperlyConfigured(
            "Twilio está a medias: faltan TWILIO_AUTH_TOKEN, o TWILIO_FROM o "
            "TWILIO_WHATSAPP_FROM."
        )
# How long, in seconds, a worker may keep a message before another takes it over.
# Longer than the task's own limit (portal.messaging.delivery.TASK_LIMIT).
MESSAGING_LEASE = env.float("MESSAGING_LEASE", default=90)
# Approved WhatsApp templates, by kind of message: {"accounts.code": "HX…"}.
TWILIO_CONTENT_SIDS = env.json("TWILIO_CONTENT_SIDS", default={})

CELERY_BROKER_URL = required(
    "CELERY_BROKER_URL", otherwise="memory://" if TEST else "filesystem://"
)
if CELERY_BROKER_URL == "filesystem://":
    CELERY_BROKER_URL = "filesystem://localhost//"  # kombu warns of a missing host
# A worker serves both; `-Q urgent` gives one to the codes alone.
CELERY_TASK_QUEUES = (Queue("urgent"), Queue("celery"))
if "pytest" in sys.modules and CELERY_BROKER_URL.startswith("redis"):
    # Processes of the suite that run side by side do not hear each other's bells.
    _server = urlsplit(CELERY_BROKER_URL)
    _worker = env.str("PYTEST_XDIST_WORKER", default="gw0").removeprefix("gw")
    _number = int(_server.path.strip("/") or 0) + int(_worker)
    CELERY_BROKER_URL = _server._replace(path=f"/{_number}").geturl()
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
if CELERY_BROKER_URL.startswith("redis"):
    # Longer than the longest task; kombu's own throttle would look only every 100 s.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "max_retries": 0,  # a request does not wait for the broker (NOT-13)
        "socket_timeout": 2,
        "socket_connect_timeout": 1,
    }
elif CELERY_BROKER_URL.startswith("filesystem"):
    _queue = Path(env.str("QUEUE_FOLDER", default=str(VAR_DIR / "queue")))
    for _folder in ("in", "done", "control"):
        (_queue / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "in"),
        "data_folder_out": str(_queue / "in"),
        "processed_folder": str(_queue / "done"),
        "control_folder": str(_queue / "control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    "messaging.sweep": {
        "task": "messaging.sweep",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "messaging.purge": {
        "task": "messaging.purge",
        "schedule": crontab(hour=2, minute=15),
        "options": {"expires": 3600},
    },
    "accounts.purge": {
        "task": "accounts.purge",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "accounts.end_guardianships": {
        "task": "accounts.end_guardianships",
        # They end at midnight by themselves; people are told at an hour for people.
        "schedule": crontab(hour=8, minute=0),
    },
    "appointments.lapse_holds": {
        "task": "appointments.lapse_holds",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "appointments.expire_requests": {
        "task": "appointments.expire_requests",
        "schedule": 120.0,
        "options": {"expires": 120},
    },
    "appointments.offer_openings": {
        "task": "appointments.offer_openings",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "appointments.match_waiting": {
        "task": "appointments.match_waiting",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 600},
    },
    "appointments.plan_reminders": {
        "task": "appointments.plan_reminders",
        "schedule": crontab(minute=40),
        "options": {"expires": 3000},
    },
    "appointments.purge_uploads": {
        "task": "appointments.purge_uploads",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "appointments.publish_slots": {
        "task": "appointments.publish_slots",
        "schedule": crontab(hour=1, minute=30),
        "options": {"expires": 3600},
    },
    "ui.purge_captchas": {
        "task": "ui.purge_captchas",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
}

# --- Logs: one JSON object a line, on the error output, which commands that print
# --- results leave free (LOG-04). Nothing personal: see portal.ui.logs.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.ui.logs.JsonFormatter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            "formatter": "json",
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": []},
        # Both would write whole addresses, with their queries.
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "twilio": {"level": "WARNING"},
    },
}
