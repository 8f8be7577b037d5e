// follow URL: follows a claim with github.com/tmaxmax/go-sse until it has ended. TOKEN is in the environment.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/tmaxmax/go-sse"
)

type ended struct{}

func (ended) Error() string { return "there is nothing to come" }

func main() {
	request, err := http.NewRequest(http.MethodGet, os.Args[1], http.NoBody)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))
	client := sse.Client{
		Backoff: sse.DefaultClient.Backoff,
		ResponseValidator: func(response *http.Response) error {
			if response.StatusCode == http.StatusNoContent {
				return ended{}
			}
			return sse.DefaultValidator(response)
		},
	}
	connection := client.NewConnection(request)
	connection.SubscribeEvent("claim", func(event sse.Event) {
		var claim struct{ Status string }
		if err := json.Unmarshal([]byte(event.Data), &claim); err != nil {
			panic(err)
		}
		fmt.Println(claim.Status)
	})
	if err := connection.Connect(); !errors.Is(err, ended{}) {
		panic(err)
	}
	fmt.Println("closed")
}
