package dev.proxytune.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what a listener hears. */
final class Listening implements ChatModelListener {
    final List<String> heard = new CopyOnWriteArrayList<>();

    @Override
    public void onRequest(ChatModelRequestContext context) {
        heard.add("request " + context.chatRequest().parameters().maxOutputTokens());
    }

    @Override
    public void onResponse(ChatModelResponseContext context) {
        heard.add("response " + context.chatResponse().metadata().finishReason());
    }

    @Override
    public void onError(ChatModelErrorContext context) {
        heard.add("error " + context.error().getClass().getSimpleName());
    }
}
