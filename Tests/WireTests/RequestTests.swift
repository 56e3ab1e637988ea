import Model
import Testing

@testable import Wire

/// Bodies of the core's routes (stories 2.1, 3.1, 3.2, 3.4) and their answers.
@Suite struct RequestTests {
    let decoder = RequestDecoder()
    let device = DeviceID(uniqueID(conversation))

    @Test func `an upload is a fix and the device it is of`() throws {
        let body = #"{"deviceId":"\#(conversation.uppercased())",\#(ClientMessageTests.fix),"type":7,"id":"x"}"#
        let upload = try decoder.decodeLocationUpload(json(body), at: testNow)
        #expect(upload == LocationUpload(device: device, fix: ClientMessageTests.expectedFix))
        for count in 0..<body.utf8.count {
            let refusal = refusal { () throws(Refusal) in
                _ = try decoder.decodeLocationUpload(Array(json(body)[..<count]), at: testNow)
            }
            #expect(refusal?.code == .invalidFormat)
        }
    }

    @Test func `every error of an upload comes at once`() {
        let refusal = refusal { () throws(Refusal) in
            _ = try decoder.decodeLocationUpload(json(#"{"latitude":91,"longitude":-181,"accuracy":-1}"#), at: testNow)
        }
        #expect(
            refusal?.details == [
                FieldError(field: "deviceId", message: "Device ID is required"),
                FieldError(field: "timestamp", message: "Timestamp is required"),
                FieldError(field: "latitude", message: "Latitude must be between -90 and 90"),
                FieldError(field: "longitude", message: "Longitude must be between -180 and 180"),
                FieldError(field: "accuracy", message: "Accuracy must be non-negative"),
            ])
    }

    @Test func `a batch is taken whole or refused whole`() throws {
        let good = #"{"locations":[{\#(ClientMessageTests.fix)}],"deviceId":"\#(conversation)"}"#
        #expect(
            try decoder.decodeLocationBatch(json(good), at: testNow)
                == LocationBatch(device: device, fixes: [ClientMessageTests.expectedFix]))
        let bad = #"{"locations":[{\#(ClientMessageTests.fix)},{\#(ClientMessageTests.fix),"speed":-1}]}"#
        let refusal = refusal { () throws(Refusal) in _ = try decoder.decodeLocationBatch(json(bad), at: testNow) }
        #expect(
            refusal?.details == [
                FieldError(field: "locations[1].speed", message: "Speed must be non-negative"),
                FieldError(field: "deviceId", message: "Device ID is required"),
            ])
    }

    @Test func `a registration is taken with and without its optional members`() throws {
        let full =
            #"{"deviceId":"\#(conversation)","displayName":"Änn 😀","groupId":"g_1","platform":"ios","fcmToken":"t"}"#
        let group = try #require(GroupID("g_1"))
        #expect(
            try decoder.decodeRegistration(json(full))
                == DeviceRegistration(
                    id: device, displayName: "Änn 😀", group: group, platform: "ios", pushToken: "t"))
        let bare =
            #"{"deviceId":"\#(conversation)","displayName":"Jo","groupId":"g_1","platform":null,"fcmToken":null}"#
        #expect(
            try decoder.decodeRegistration(json(bare))
                == DeviceRegistration(id: device, displayName: "Jo", group: group))
    }

    @Test(arguments: [
        (#"{}"#, "deviceId", "Device ID is required"), (#"{}"#, "displayName", "Display name is required"),
        (#"{}"#, "groupId", "Group ID is required"), (#"{"deviceId":1}"#, "deviceId", "Device ID must be a UUID"),
        (#"{"deviceId":"0190c3a4111172228333444455556666"}"#, "deviceId", "Device ID must be a UUID"),
        (#"{"deviceId":"0190c3a4-1111-7222-8333-44445555666g"}"#, "deviceId", "Device ID must be a UUID"),
        (#"{"displayName":"A"}"#, "displayName", "Display name must be between 2 and 50 characters"),
        (
            #"{"displayName":"\#(String(repeating: "é", count: 51))"}"#, "displayName",
            "Display name must be between 2 and 50 characters"
        ),
        (#"{"displayName":"A\nB"}"#, "displayName", "Display name must not contain control characters"),
        (#"{"displayName":"AB\u007f"}"#, "displayName", "Display name must not contain control characters"),
        (#"{"displayName":["x"]}"#, "displayName", "Display name must be a string"),
        (#"{"groupId":"x"}"#, "groupId", "Group ID must be 2 to 50 letters, digits, hyphens or underscores"),
        (#"{"groupId":"é1"}"#, "groupId", "Group ID must be 2 to 50 letters, digits, hyphens or underscores"),
        (#"{"platform":""}"#, "platform", "Platform must be between 1 and 50 characters"),
        (#"{"platform":5}"#, "platform", "Platform must be a string"),
        (#"{"fcmToken":""}"#, "fcmToken", "FCM token must be between 1 and 4096 characters"),
    ])
    func `a wrong member of a registration is named with what is wrong`(body: String, field: String, message: String) {
        let refusal = refusal { () throws(Refusal) in _ = try decoder.decodeRegistration(json(body)) }
        #expect(refusal?.code == .validationError)
        #expect(refusal?.details.contains(FieldError(field: field, message: message)) == true)
    }

    @Test func `names of 2 and of 50 characters are taken, however many bytes they have`() throws {
        for name in ["ab", String(repeating: "é", count: 50), String(repeating: "😀", count: 50)] {
            let body = #"{"deviceId":"\#(conversation)","displayName":"\#(name)","groupId":"g1"}"#
            #expect(try decoder.decodeRegistration(json(body)).displayName == name)
        }
    }

    @Test func `a ticket may be asked for with and without a device`() throws {
        #expect(try decoder.decodeTicketRequest([]) == nil)
        #expect(try decoder.decodeTicketRequest(json("{}")) == nil)
        #expect(try decoder.decodeTicketRequest(json(#"{"deviceId":null}"#)) == nil)
        #expect(try decoder.decodeTicketRequest(json(#"{"deviceId":"\#(conversation)"}"#)) == device)
        let refusal = refusal { () throws(Refusal) in _ = try decoder.decodeTicketRequest(json(#"{"deviceId":"x"}"#)) }
        #expect(refusal?.details == [FieldError(field: "deviceId", message: "Device ID must be a UUID")])
    }

    @Test func `answers are the contract's`() throws {
        #expect(text(ResponseEncoder.processed(25)) == #"{"success":true,"processedCount":25}"#)
        let time = Timestamp(milliseconds: 1_795_170_600_000)
        let registered = Device(
            id: device, displayName: "A\"n", group: try #require(GroupID("g1")), platform: "ios", isActive: true,
            createdAt: time, updatedAt: time.advanced(by: .milliseconds(1)), lastSeenAt: time)
        #expect(
            text(ResponseEncoder.registered(registered))
                == #"{"deviceId":"\#(conversation)","displayName":"A\"n","groupId":"g1","platform":"ios","#
                + #""createdAt":"2026-11-20T10:30:00.000Z","updatedAt":"2026-11-20T10:30:00.001Z"}"#)
        #expect(
            text(ResponseEncoder.ticket("t", expiresAt: time))
                == #"{"ticket":"t","expiresAt":"2026-11-20T10:30:00.000Z"}"#)
        let refusal = Refusal(
            .validationError, message: "Validation failed",
            details: [FieldError(field: "latitude", message: "Latitude must be between -90 and 90")])
        let problem = ResponseEncoder.problem(refusal, requestID: "r-1")
        #expect(
            text(problem)
                == #"{"type":"about:blank","title":"Validation failed","status":400,"error":"validation_error","#
                + #""message":"Validation failed","details":[{"field":"latitude","message":"Latitude must be between -90 and 90"}],"#
                + #""requestId":"r-1"}"#)
        #expect(
            try ResponseDecoder.problem(problem)
                == HubMessage.Failure(rawCode: "validation_error", message: refusal.message, details: refusal.details))
        let limited = ResponseEncoder.problem(
            Refusal(.rateLimitExceeded, message: "Slow down"), requestID: nil, retryAfter: 7)
        #expect(
            text(limited)
                == #"{"type":"about:blank","title":"Rate limit exceeded","status":429,"error":"rate_limit_exceeded","#
                + #""message":"Slow down","retryAfter":7}"#)
    }
}

@Suite struct ErrorCodeTests {
    @Test func `the codes of the contract are spelt as it spells them`() {
        let contract = [
            "validation_error", "missing_field", "invalid_format", "h3_mismatch", "unauthorized", "invalid_credentials",
            "token_expired", "token_invalid", "forbidden", "not_found", "conflict", "group_full", "duplicate_email",
            "duplicate_username", "payload_too_large", "rate_limit_exceeded", "service_unavailable", "internal",
            "unknown_type", "not_implemented", "country_not_found",
        ]
        for code in contract { #expect(ErrorCode(rawValue: code) != nil, "\(code)") }
    }

    @Test func `only what passes by itself is worth trying again`() {
        let transient = ErrorCode.allCases.filter(\.isTransient)
        #expect(transient == [.requestTimeout, .rateLimitExceeded, .serviceUnavailable, .internal])
        for code in ErrorCode.allCases {
            #expect((400...599).contains(code.httpStatus))
            if code.httpStatus >= 500, code != .notImplemented { #expect(code.isTransient) }
        }
        #expect(ErrorCode.unauthorized.httpStatus == 401)
        #expect(ErrorCode.groupFull.httpStatus == 409)
    }
}
