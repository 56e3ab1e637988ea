import Foundation
import Model
import Testing
import Wire

/// How the page of the live map speaks `presence.v1.packed`.
@Suite(.serialized, .enabled(if: Browsers.areInstalled, "chromium and chromium-driver are not installed"))
struct `The packed stream of the page` {
    /// Runs a script in a page that has the names `PackedReader`, `PackedWriter`, `Malformed`, `vectors`, `bytes` and `text`; what
    /// it gathers in `faults` is what went wrong.
    private func faults(_ script: String) async throws -> [String] {
        let vectors = try String(
            contentsOfFile: TestFiles.package + "/Tests/WireTests/Packed/vectors.json", encoding: .utf8)
        let hub = try await RunningHub.shared.address()
        return try await Browsers.with { browsers in
            let browser = try await browsers.open()
            try await browser.go(to: "http://127.0.0.1:\(hub.port)/")
            let found = try await browser.script(
                """
                const folder = document.querySelector("script[src]").src.replace(/[^/]*$/, "");
                const { PackedReader, PackedWriter, Malformed } = await import(`${folder}packed.js`);
                const vectors = JSON.parse(arguments[0]);
                const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)).buffer;
                const text = (value) => JSON.stringify(value, (_, item) => item?.constructor === Object
                  ? Object.fromEntries(Object.entries(item).sort()) : item);
                const faults = [];
                \(script)
                return faults;
                """, vectors)
            return found.array?.map { $0.string ?? "" } ?? ["the script did not run"]
        }
    }

    @Test func `reads the bytes that every client reads, and nothing that is cut off or goes on`() async throws {
        let found = try await faults(
            """
            const reader = new PackedReader();
            const before = [];
            for (const [index, { bytes: hex, message }] of vectors.fromHub.entries()) {
              for (let end = 0; end <= hex.length; end += 2) {
                const other = new PackedReader();
                for (const earlier of before) other.read(bytes(earlier));
                try {
                  other.read(bytes(end < hex.length ? hex.slice(0, end) : `${hex}00`));
                  faults.push(`${index} was read with ${end / 2} bytes`);
                } catch (error) {
                  if (!(error instanceof Malformed)) faults.push(`${index}, ${end / 2} bytes: ${error}`);
                }
              }
              const read = reader.read(bytes(hex));
              if (text(read) !== text(message)) faults.push(`${index} is ${text(read)}`);
              before.push(hex);
            }
            """)
        #expect(found == [])
    }

    @Test func `writes the bytes that every client writes`() async throws {
        let found = try await faults(
            """
            const writer = new PackedWriter();
            for (const [index, { bytes: hex, message }] of vectors.fromClient.entries()) {
              const written = Array.from(writer.write(message), (byte) => byte.toString(16).padStart(2, "0")).join("");
              if (written !== hex) faults.push(`${index} is ${written}`);
            }
            """)
        #expect(found == [])
    }

    @Test func `knows what it was not told, and stays whole whatever comes`() async throws {
        let found = try await faults(
            """
            const [snapshot, position, , , presence] = vectors.fromHub.map(({ bytes: hex }) => hex);
            const expect = (hex, type, reader) => {
              const read = reader.read(bytes(hex));
              if ((read?.type ?? null) !== type) faults.push(`${hex} is ${text(read)}`);
            };
            // A group that is not watched, or not any more.
            for (const hex of [position, presence]) expect(hex, null, new PackedReader());
            const reader = new PackedReader();
            expect(snapshot, "snapshot", reader);
            // A difference from an anchor of a version that was never told, and a member who is not there.
            expect("8685010002ac000000000085025dfecf06010e72c3a973656175", "outdated", reader);
            expect("838501050380918c88bf68", "outdated", reader);
            expect("9000", null, reader);
            expect(position, "positions", reader);
            reader.forget("family");
            expect(position, null, reader);
            // Seeded, so that a fault can be had again.
            let seed = 1;
            const random = (below) => { seed = (seed * 48271) % 2147483647; return seed % below; };
            for (let round = 0; round < 20000; round += 1) {
              const mutated = new PackedReader();
              mutated.read(bytes(snapshot));
              const sent = new Uint8Array(bytes(vectors.fromHub[random(vectors.fromHub.length)].bytes));
              for (let change = random(4); change >= 0; change -= 1) sent[random(sent.length)] = random(256);
              try {
                mutated.read(sent.slice(0, random(sent.length + 1)).buffer);
              } catch (error) {
                if (!(error instanceof Malformed)) faults.push(`${sent}: ${error}`);
              }
            }
            """)
        #expect(found == [])
    }

    @Test func `carries positions both ways, as exact as they are`() async throws {
        try await watching { browser, ada, circle, phone, client in
            // Another, told by its difference from the first.
            try await client.ask(.location(.sample(latitude: 48.2102, longitude: 16.3703)))
            try await browser.until(
                "a packed position", "return window.streams.some(({ kinds }) => kinds.has(0x81) || kinds.has(0x86))")
            let protocols = try await browser.script("return window.streams.map(({ socket }) => socket.protocol)")
            #expect(protocols.array?.allSatisfy { $0.string == "presence.v1.packed" } == true)

            // And from the page: the hub has the very numbers.
            try await browser.stand(48.20821, 16.37383, at: "http://127.0.0.1:\(ada.hub.port)")
            try await browser.click(".share")
            try await Support.eventually("the page's position is in the list") {
                let devices = try await ada.get("/api/v1/devices?groupId=\(circle.id)").json["devices"]?.array ?? []
                return devices.contains {
                    $0["lastLocation"]?["latitude"]?.double == 48.20821
                        && $0["lastLocation"]?["longitude"]?.double == 16.37383
                }
            }
            try await browser.expectNoComplaints()
        }
    }

    @Test func `goes on with plain messages after what it cannot read, and asks again for what it missed`() async throws
    {
        try await watching { browser, _, _, phone, client in
            // The presence of a member who was never told of, of the group that is watched: another snapshot comes.
            let before = try await browser.script(
                """
                const { socket, snapshots } = window.streams.at(-1);
                const bytes = snapshots.at(-1);
                const end = (start) => { let place = start; while (bytes[place] >= 128) place += 1; return place + 1; };
                const [start, after] = [end(1), end(end(1))];
                const sent = [0x83, ...bytes.slice(start, after), 0xff, 0xff, 0x03, 0x03, 0x80, 0x91, 0x8c, 0x88, 0xbf, 0x68];
                socket.dispatchEvent(new MessageEvent("message", { data: new Uint8Array(sent).buffer }));
                return snapshots.length;
                """)
            try await browser.until(
                "another snapshot", "return window.streams.at(-1).snapshots.length > arguments[0]", before.double ?? 1)

            // A message that ends too early.
            try await browser.script(
                """
                const { socket } = window.streams.at(-1);
                socket.dispatchEvent(new MessageEvent("message", { data: new Uint8Array([0x82, 0x80]).buffer }));
                """)
            try await browser.until(
                "a plain stream",
                "return window.streams.at(-1).socket.protocol === 'presence.v1' && window.streams.at(-1).kinds.size > 1"
            )
            try await client.ask(.location(.sample(latitude: 48.2103, longitude: 16.3704)))
            try await browser.expect(".pin[data-device='\(phone)'][data-state=live]")
            #expect(try await browser.script("return window.streams.length") == .integer(2))
        }
    }

    /// Somebody whose phone has reported a position, and a page of theirs that shows it, with its streams kept.
    private func watching(
        _ body: (Browser, TestPerson, Circle, _ phone: DeviceID, TestClient) async throws -> Void
    ) async throws {
        let hub = try await RunningHub.immediate.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let circle = try await Circle.make(by: ada)
        let phone = try await ada.register(in: circle.id)
        try await Browsers.with { browsers in
            let browser = try await browsers.open()
            try await watchStreams(of: browser)
            try await browser.signIn(ada)
            try await browser.expect(".group-name")
            let client = try await ada.connect(as: phone)
            try await client.ask(.location(.sample(latitude: 48.2101, longitude: 16.3702)))
            try await browser.expect(".pin[data-device='\(phone)'][data-state=live]")
            try await body(browser, ada, circle, phone, client)
            await client.close()
        }
    }

    /// Keeps what streams the page opens, from its next document on, in `window.streams`: each with the `kinds` of messages that came,
    /// first bytes or types, and the bytes of its `snapshots`.
    private func watchStreams(of browser: Browser) async throws {
        try await browser.command(
            "Page.addScriptToEvaluateOnNewDocument",
            [
                "source": """
                window.streams = [];
                const Plain = WebSocket;
                window.WebSocket = class extends Plain {
                  constructor(...words) {
                    super(...words);
                    const [kinds, snapshots] = [new Set(), []];
                    window.streams.push({ socket: this, kinds, snapshots });
                    this.addEventListener("message", ({ data }) => {
                      if (typeof data === "string") return kinds.add(JSON.parse(data).type);
                      const bytes = new Uint8Array(data);
                      kinds.add(bytes[0]);
                      if (bytes[0] === 0x82 && bytes.length > 2) snapshots.push(bytes);
                    });
                  }
                };
                """
            ])
    }
}
