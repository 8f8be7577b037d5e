// The whole job with the standard library alone: API=http://127.0.0.1:3000 go run clients/examples/job.go
//
// `job.go verify SECRET ID TIMESTAMP SIGNATURES < body` verifies one webhook: genuine or refused.
//
// The installation must be able to reach this machine: WEBHOOK_PRIVATE_ADDRESSES=allowed for a local one.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"time"
)

const attempts = 5

var client = &http.Client{Timeout: 15 * time.Second}

func api() string {
	if url := os.Getenv("API"); url != "" {
		return url
	}
	return "http://127.0.0.1:3000"
}

func unique() string {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		log.Fatal(err)
	}
	return hex.EncodeToString(id)
}

// call does one call; busy servers are asked again after Retry-After, with the same Idempotency-Key.
func call(method, path, token string, body, answer any) error {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return err
		}
	}
	key := unique()
	for attempt := 1; ; attempt++ {
		request, err := http.NewRequest(method, api()+path, bytes.NewReader(sent))
		if err != nil {
			return err
		}
		request.Header.Set("Idempotency-Key", key)
		if body != nil {
			request.Header.Set("Content-Type", "application/json")
		}
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return err
		}
		if response.StatusCode < 300 {
			return json.Unmarshal(text, answer)
		}
		busy := response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusServiceUnavailable
		if !busy || attempt == attempts {
			return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, text)
		}
		seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
		if err != nil {
			seconds = 1
		}
		time.Sleep(time.Duration(seconds) * time.Second)
	}
}

type event struct {
	Type string
	Data struct{ ID string }
}

// verify reads a Standard Webhook: HMAC-SHA256 of id, time and body; older than five minutes is refused.
func verify(secret string, header http.Header, body []byte) (event, error) {
	var found event
	seconds, err := strconv.ParseInt(header.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		return found, err
	}
	if age := time.Since(time.Unix(seconds, 0)); age > 5*time.Minute || age < -5*time.Minute {
		return found, errors.New("the message is too old, or from the future")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return found, err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", header.Get("webhook-id"), seconds, body)
	wanted := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, one := range strings.Fields(header.Get("webhook-signature")) {
		if hmac.Equal([]byte(wanted), []byte(one)) {
			return found, json.Unmarshal(body, &found)
		}
	}
	return found, errors.New("no signature fits")
}

func verifyOne(secret, id, timestamp, signatures string) {
	body, err := io.ReadAll(os.Stdin)
	must(err)
	header := http.Header{}
	header.Set("webhook-id", id)
	header.Set("webhook-timestamp", timestamp)
	header.Set("webhook-signature", signatures)
	if _, err := verify(secret, header, body); err != nil {
		fmt.Println("refused")
		return
	}
	fmt.Println("genuine")
}

type fields map[string]any

func person(name string) fields {
	email := fmt.Sprintf("%s-%s@example.com", name, unique())
	return fields{"email": email, "password": "correct horse battery staple", "name": name}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	if len(os.Args) == 6 && os.Args[1] == "verify" {
		verifyOne(os.Args[2], os.Args[3], os.Args[4], os.Args[5])
		return
	}
	// A receiver of webhooks; the secret is known only after it is registered.
	type message struct {
		header http.Header
		body   []byte
	}
	received := make(chan message, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		writer.WriteHeader(http.StatusNoContent)
		select {
		case received <- message{request.Header, body}:
		default: // sent again
		}
	}))
	defer receiver.Close()

	// A merchant publishes a voucher, and wants to hear of redemptions.
	var owner struct {
		Session struct {
			Token string `json:"access_token"`
		}
	}
	must(call("POST", "/v1/merchants", "",
		fields{"name": "Tea House", "time_zone": "Asia/Shanghai", "owner": person("chen")}, &owner))
	merchant := owner.Session.Token
	var webhook struct{ Secret string }
	must(call("POST", "/v1/webhooks", merchant,
		fields{"url": receiver.URL + "/", "events": []string{"claim.redeemed"}}, &webhook))
	var voucher struct{ ID string }
	now := time.Now()
	must(call("POST", "/v1/vouchers", merchant, fields{
		"title":       "Half price oolong",
		"total_stock": 100,
		"opens_at":    now.Add(-time.Minute).Format(time.RFC3339),
		"closes_at":   now.Add(time.Hour).Format(time.RFC3339),
	}, &voucher))
	must(call("POST", "/v1/vouchers/"+voucher.ID+"/publish", merchant, nil, &voucher))

	// A shopper claims, and waits for the code.
	var shopper struct {
		Token string `json:"access_token"`
	}
	must(call("POST", "/v1/auth/register", "", person("lin"), &shopper))
	var claim struct{ ID, Status, Code string }
	must(call("POST", "/v1/vouchers/"+voucher.ID+"/claims", shopper.Token, nil, &claim))
	for claim.Status == "pending" {
		time.Sleep(200 * time.Millisecond)
		must(call("GET", "/v1/claims/"+claim.ID, shopper.Token, nil, &claim))
	}
	fmt.Println("claim", claim.Status)

	// The merchant redeems it, and is told so.
	var redemption fields
	must(call("POST", "/v1/redemptions", merchant, fields{"code": claim.Code}, &redemption))
	select {
	case got := <-received:
		told, err := verify(webhook.Secret, got.header, got.body)
		must(err)
		whose := "another claim"
		if told.Data.ID == claim.ID {
			whose = "the claim"
		}
		fmt.Println("webhook", told.Type, "of", whose)
	case <-time.After(time.Minute):
		log.Fatal("no webhook within a minute")
	}
}
