"""
The calls of a virtual user that make requests, and what becomes of answers with cookies and redirects.

A call builds the request, finds out where it will be recorded, and sends it. It raises before anything was sent, or not
at all: what goes wrong from then on is the Response's to tell.
"""
from libc.stdint cimport int64_t

from ywstorm_core.clock cimport now_ns
from ywstorm_core.errors cimport ErrorCode
from ywstorm_core.loop.batch cimport Batch
from ywstorm_core.loop.group cimport path_in
from ywstorm_core.loop.rules cimport RequestRules
from ywstorm_core.loop.scenario cimport Endpoint
from ywstorm_core.loop.upload cimport Upload
from ywstorm_core.net.http1 cimport parse_headers, values_of
from ywstorm_core.net.request cimport RequestWriter
from ywstorm_core.net.source cimport Source
from ywstorm_core.net.url cimport Url, encode_query, join, parse_url, target_of

from base64 import b64encode

import orjson

from ywstorm_core.net.multipart import encode_multipart, is_multipart
from ywstorm_core.net.redirect import RedirectError, carried, is_redirect, next_hop

__all__ = ["RequestFace"]

cdef RequestWriter WRITER = RequestWriter()
cdef enum:
    MAX_REDIRECTS = 100


cdef str credentials(object auth):
    """Value of the Authorization field: Basic for a pair, Bearer for a token."""
    if type(auth) is str:
        return f"Bearer {auth}"
    if isinstance(auth, (tuple, list)) and len(auth) == 2 and type(auth[0]) is str and type(auth[1]) is str:
        return "Basic " + b64encode(f"{auth[0]}:{auth[1]}".encode("utf-8")).decode("ascii")
    raise TypeError('auth: give ("user", "password") for Basic or "token" for Bearer, in text')


cdef bint is_buffer(object body):
    try:
        memoryview(body)
    except TypeError:
        return False
    return True


cdef int redirects_of(object redirects) except -1:
    if isinstance(redirects, bool) or not isinstance(redirects, int) or not 0 <= redirects <= MAX_REDIRECTS:
        raise ValueError(f"redirects: a whole number from 0 to {MAX_REDIRECTS} is needed, not {redirects!r}")
    return redirects


cdef tuple of_batch(object item):
    """Method, URL and keywords of one item of `vu.batch`."""
    if type(item) is str:
        return "GET", item, {}
    if isinstance(item, (tuple, list)) and 2 <= len(item) <= 3 and type(item[0]) is str:
        if len(item) == 2:
            return item[0].upper(), item[1], {}
        if isinstance(item[2], dict):
            return item[0].upper(), item[1], item[2]
    raise TypeError(f'vu.batch: {item!r} is no request: give "/path", ("POST", "/path") or ("POST", "/path", {{…}})')


cdef dict fields_of(Exchange exchange):
    """The header fields of a request that was sent, but for those that the writer writes by itself."""
    cdef dict fields = {}
    for name, value in parse_headers(exchange.head.partition(b"\r\n")[2].removesuffix(b"\r\n")):
        if name.lower() in ("content-length", "transfer-encoding"):
            continue
        if exchange.cookies is not None and exchange.cookies == f"{name}: {value}\r\n".encode("latin-1"):
            continue
        fields[name] = value.encode("latin-1")
    return fields


cdef class RequestFace(CoroutineTask):
    """The part of a virtual user that makes requests."""

    @property
    def cookies(self):
        return self.cookie_jar()

    def request(
        self, str method not None, url, *, name=None, params=None, headers=None, json=None, form=None, body=None,
        tags=None, timeout=None, redirects=None, auth=None, expected_statuses=None,
    ):
        return self.send_(method.upper(), url, name, params, headers, json, form, body, tags, timeout, redirects, auth,
                          expected_statuses)

    def get(
        self, url, *, name=None, params=None, headers=None, tags=None, timeout=None, redirects=None, auth=None,
        expected_statuses=None,
    ):
        return self.send_("GET", url, name, params, headers, None, None, None, tags, timeout, redirects, auth,
                          expected_statuses)

    def head(
        self, url, *, name=None, params=None, headers=None, tags=None, timeout=None, redirects=None, auth=None,
        expected_statuses=None,
    ):
        return self.send_("HEAD", url, name, params, headers, None, None, None, tags, timeout, redirects, auth,
                          expected_statuses)

    def options(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
        redirects=None, auth=None, expected_statuses=None,
    ):
        return self.send_("OPTIONS", url, name, params, headers, json, form, body, tags, timeout, redirects, auth,
                          expected_statuses)

    def post(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
        redirects=None, auth=None, expected_statuses=None,
    ):
        return self.send_("POST", url, name, params, headers, json, form, body, tags, timeout, redirects, auth,
                          expected_statuses)

    def put(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
        redirects=None, auth=None, expected_statuses=None,
    ):
        return self.send_("PUT", url, name, params, headers, json, form, body, tags, timeout, redirects, auth,
                          expected_statuses)

    def patch(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
        redirects=None, auth=None, expected_statuses=None,
    ):
        return self.send_("PATCH", url, name, params, headers, json, form, body, tags, timeout, redirects, auth,
                          expected_statuses)

    def delete(
        self, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None, timeout=None,
        redirects=None, auth=None, expected_statuses=None,
    ):
        return self.send_("DELETE", url, name, params, headers, json, form, body, tags, timeout, redirects, auth,
                          expected_statuses)

    def batch(self, requests):
        cdef list exchanges = [], keys = None
        cdef Exchange exchange
        if isinstance(requests, dict):
            keys = list(requests)
            requests = requests.values()
        for item in requests:
            method, url, keywords = of_batch(item)
            exchange = self.prepare(method, url, **keywords)
            exchange.is_awaited = True          # the batch is what the script awaits
            exchanges.append(exchange)
        return Batch.start(self, exchanges, keys)

    def prepare(
        self, str method, url, *, name=None, params=None, headers=None, json=None, form=None, body=None, tags=None,
        timeout=None, redirects=None, auth=None, expected_statuses=None,
    ):
        return self.build(method, url, name, params, headers, json, form, body, tags, timeout, redirects, auth,
                          expected_statuses)

    cdef Exchange send_(
        self, str method, object url, object name, object params, object headers, object json, object form,
        object body, object tags, object timeout, object redirects, object auth, object expected_statuses,
    ):
        """Build the request, send it, return its Exchange. Raises before anything was sent, or not at all."""
        cdef Exchange exchange = self.build(
            method, url, name, params, headers, json, form, body, tags, timeout, redirects, auth, expected_statuses,
        )
        exchange.enlist()
        exchange.start(WRITER.out.data, WRITER.out.end, exchange.begin_ns)
        return exchange

    cdef Exchange build(
        self, str method, object url, object name, object params, object headers, object json, object form,
        object body, object tags, object timeout, object redirects, object auth, object expected_statuses,
    ):
        """The request as it will be sent, in the exchange and in WRITER. Raises before anything is counted."""
        cdef int64_t begin_ns = now_ns()
        cdef Scenario scenario = self.scenario_context
        cdef RequestRules rules = scenario.rules
        cdef Exchange exchange
        cdef Url address = scenario.base
        cdef Source source = None
        cdef bytes cookies = None
        cdef str target, content_type = None
        cdef object origin = scenario.origin
        cdef Py_ssize_t query
        if type(url) is not str:
            raise TypeError(f"vu.{method.lower()}: the URL is {url!r}; text is needed")
        if self.is_over:
            raise RuntimeError(f"virtual user {self.id} has ended: its requests are over")
        if address is not None and "://" not in <str>url:
            target = target_of(address, url)
        else:
            address = join(address, url)
            target = address.path_and_query
            origin = self.engine.resolver.origin(*address.origin, address.host_header)
        if params is not None:
            query_text = encode_query(params)
            if query_text:
                target = f"{target}{'&' if '?' in target else '?'}{query_text}"
        if json is not None:
            if body is not None or form is not None:
                raise ValueError(f"vu.{method.lower()} {url}: give one of json, form and body")
            body = orjson.dumps(json)
            content_type = "application/json"
        elif form is not None:
            if body is not None:
                raise ValueError(f"vu.{method.lower()} {url}: give one of json, form and body")
            if is_multipart(form):
                body, content_type = encode_multipart(form)
            else:
                body = (<str>encode_query(form)).encode("ascii")
                content_type = "application/x-www-form-urlencoded"
        elif type(body) is str:
            body = (<str>body).encode("utf-8")
            content_type = "text/plain; charset=utf-8"
        elif body is not None and type(body) is not bytes:
            if is_buffer(body):
                body = bytes(memoryview(body))
            else:
                source = Upload(self.engine, body)
                body = None
        if self.jar is not None:
            cookies = self.jar.header_for_target(address.host, target, address.is_tls)
        exchange = Exchange.__new__(Exchange)
        exchange.is_awaited = True              # until it is on its way, nobody can have forgotten it
        exchange.is_named = name is not None
        if name is None:
            query = (<str>url).find("?")
            name = url if query < 0 else (<str>url)[:query]
            if "://" in <str>name:
                name = target.partition("?")[0]
        exchange.endpoint = scenario.endpoint(method, name, path_in(self.groups), self.own_tags, tags)
        exchange.engine = self.engine
        exchange.requester = self
        exchange.origin = origin
        exchange.pool = self.pool_in_use()
        exchange.method = method
        exchange.url = f"{address.scheme}://{address.host_header}{target}"
        exchange.body = body
        exchange.source = source
        exchange.cookies = cookies
        exchange.limits = rules.limits if timeout is None else rules.limits_of(timeout)
        exchange.expected = (
            rules.expected if expected_statuses is None else rules.statuses_of(expected_statuses)
        )
        exchange.redirects_left = rules.max_redirects if redirects is None else redirects_of(redirects)
        exchange.follows = exchange.redirects_left > 0
        exchange.due_ns = self.due_ns
        exchange.begin_ns = begin_ns
        exchange.deadline_ns = begin_ns + exchange.limits.total_ns
        # The last thing: a tag that becomes text, for one, may run code of the script that makes a request of its own.
        WRITER.write(
            method, target, address.host_header, rules.fixed_head, cookies,
            None if auth is None else credentials(auth), headers, content_type, body, source is not None,
        )
        exchange.head = WRITER.out.data[:WRITER.head_end]
        exchange.is_awaited = False
        return exchange

    cdef CookieJar cookie_jar(self):
        if self.jar is None:
            self.jar = CookieJar(self.scenario_context.base)
        return self.jar

    cdef int forget_cookies(self) except -1:
        if self.jar is not None:
            self.jar.clear()
        return 0

    # == answers that the script does not see at once ==============================================================

    cdef object take_answer(self, Exchange exchange, Response response):
        """Keep its cookies; the hop that it redirects to, or None. What cannot be followed is a failure."""
        cdef Url url = parse_url(exchange.url)
        if exchange.connection.parser.has_set_cookie:
            self.cookie_jar().store(url, values_of(response.head, b"set-cookie"))
        if not exchange.follows or not is_redirect(response.status):
            return None
        if exchange.redirects_left == 0:
            response.fail(ErrorCode.REDIRECT_TOO_MANY, "the limit of redirects is reached")
            return None
        try:
            locations = values_of(response.head, b"location")
            hop = next_hop(exchange.method, url, response.status, locations[0] if locations else None)
        except RedirectError as error:
            response.fail(error.code, str(error))
            return None
        if hop.keeps_body and exchange.source is not None:
            response.fail(ErrorCode.REDIRECT_BAD_LOCATION, "the body came from an iterator and cannot be sent again")
            return None
        return hop

    cdef int follow(self, Exchange exchange, object hop, int64_t now) except -1:
        cdef Url url = hop.url
        cdef Endpoint endpoint = exchange.endpoint
        cdef dict fields = carried(fields_of(exchange), hop)
        cdef str name = endpoint.name if exchange.is_named else url.path_and_query.partition("?")[0]
        if not hop.keeps_body:
            exchange.body = None
            exchange.source = None
        exchange.cookies = None
        if self.jar is not None:
            exchange.cookies = self.jar.header_for(url)
        WRITER.write(
            hop.method, url.path_and_query, url.host_header, b"", exchange.cookies, None, fields, None, exchange.body,
            False,
        )
        exchange.head = WRITER.out.data[:WRITER.head_end]
        exchange.method = hop.method
        exchange.url = f"{url.scheme}://{url.host_header}{url.path_and_query}"
        exchange.endpoint = self.scenario_context.endpoint_like(endpoint, hop.method, name)
        exchange.origin = self.engine.resolver.origin(*url.origin, url.host_header)
        exchange.pool = self.pool_in_use()
        exchange.redirects_left -= 1
        exchange.is_resent = False
        exchange.wasted_sent = exchange.wasted_received = exchange.looked_up_ns = 0
        exchange.due_ns = exchange.begin_ns = now
        exchange.is_counted = False
        self.engine.requests_started += 1
        return exchange.start(WRITER.out.data, WRITER.out.end, now)

    cdef Pool pool_in_use(self):
        return self.pool if self.scenario_context.rules.shared is None else self.scenario_context.rules.shared
