// Redpanda Benthos with nothing but the components that this benchmark uses.
package main

import (
	"context"
	"log"
	"os"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
)

// The settings are YAML in the first argument.
func main() {
	builder := service.NewStreamBuilder()
	if err := builder.SetYAML(os.Args[1]); err != nil {
		log.Fatal(err)
	}
	stream, err := builder.Build()
	if err != nil {
		log.Fatal(err)
	}
	if err := stream.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
