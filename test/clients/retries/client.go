// client URL TOKEN: one GET with what retryablehttp does about refusals by default; prints the status.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/go-retryablehttp"
)

func main() {
	request, err := retryablehttp.NewRequest("GET", os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("authorization", "Bearer "+os.Args[2])
	client := retryablehttp.NewClient()
	client.Logger = nil
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	fmt.Println(response.StatusCode)
}
