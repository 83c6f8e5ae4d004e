package example;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

@SpringBootApplication
public class AskApplication {

    public static void main(String[] args) {
        SpringApplication.run(AskApplication.class, args).close();
    }

    @Bean
    CommandLineRunner ask(ChatClient.Builder builder) {
        ChatClient chat = builder.build();
        return _ -> System.out.println(
                chat.prompt("What is the Turkish name of Serbian Dinar?").call().content());
    }
}
