"""The server that most would write first, to be measured beside redraft: FastAPI, LangGraph, LangChain's OpenAI client.

No accounts, no database: the history is in the graph's in-memory checkpointer.
"""

import json
import os
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_core.runnables import RunnableConfig
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

model = ChatOpenAI(model="gpt-4", base_url=os.environ["MODEL_BASE_URL"], api_key="x", stream_usage=True)  # type: ignore[arg-type]


async def talk(state: MessagesState) -> dict[str, Any]:
    """Answer the messages so far."""
    return {"messages": [await model.ainvoke(state["messages"])]}


graph = StateGraph(MessagesState).add_node("talk", talk).add_edge(START, "talk").compile(checkpointer=InMemorySaver())
app = FastAPI()


@app.post("/chat")
async def chat(body: dict[str, Any]) -> StreamingResponse:
    """One turn as an event stream."""
    config: RunnableConfig = {"configurable": {"thread_id": body["thread"]}}

    async def events() -> AsyncIterator[str]:
        async for chunk, _ in graph.astream({"messages": body["messages"]}, config, stream_mode="messages"):
            yield f"event: token\ndata: {json.dumps({'text': chunk.content})}\n\n"  # type: ignore[union-attr]

    return StreamingResponse(events(), media_type="text/event-stream")


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="warning")
