"""The server: one handler a request of the Language Server Protocol, over standard input and output."""

from __future__ import annotations

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

import flowengine
from flowengine.language.fmt import format_calls, format_flow
from flowengine.languageserver import completion, navigation
from flowengine.languageserver.findings import findings, fixes
from flowengine.languageserver.hover import hover
from flowengine.languageserver.projects import Project, Workspace
from flowengine.languageserver.symbols import Symbol


class FlowServer(LanguageServer):
    """The language server, with the projects that are open."""

    def __init__(self) -> None:
        super().__init__("flowengine", flowengine.__version__)
        self.projects = Workspace()
        self.told: dict[str, set[str]] = {}

    def publish(self, uri: str) -> None:
        """Tell the editor every finding of the project that a file belongs to, and which files have none any more."""
        project = self.projects.project(uri)
        now = findings(project)
        before = self.told.get(str(project.root), set())
        for file in {*now, *before}:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(project.uri(file), now.get(file, [])))
        self.told[str(project.root)] = {file for file, found in now.items() if found}

    def at(self, uri: str, position: types.Position) -> tuple[Project, str, int, int]:
        """The project, the file, and the line and column from 1."""
        project = self.projects.project(uri)
        file = project.name(uri)
        return project, file, position.line + 1, project.lines(file).column(position)

    def symbol(self, uri: str, position: types.Position) -> tuple[Project, Symbol | None]:
        """The name at a position."""
        project, file, line, column = self.at(uri, position)
        return project, project.symbol_at(file, line, column)


def make_server() -> FlowServer:
    """A server with all its features, not yet started."""
    server = FlowServer()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.projects.put(params.text_document.uri, params.text_document.text)
        server.publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.projects.put(uri, server.workspace.get_text_document(uri).source)
        server.publish(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.projects.changed_on_disk()
        server.publish(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        server.projects.changed_on_disk()
        for uri in {change.uri for change in params.changes}:
            server.publish(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.projects.drop(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[">", "|", " ", "."]))
    def completed(params: types.CompletionParams) -> types.CompletionList:
        project, file, line, _ = server.at(params.text_document.uri, params.position)
        before = project.lines(file).before(params.position)
        return types.CompletionList(is_incomplete=False, items=completion.complete(project, file, before, line))

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        return hover(*server.at(params.text_document.uri, params.position))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def defined(params: types.DefinitionParams) -> list[types.Location]:
        project, symbol = server.symbol(params.text_document.uri, params.position)
        return [] if symbol is None else navigation.definitions(project, symbol)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def referred(params: types.ReferenceParams) -> list[types.Location]:
        project, symbol = server.symbol(params.text_document.uri, params.position)
        if symbol is None:
            return []
        return navigation.references(project, symbol, with_definitions=params.context.include_declaration)

    @server.feature(types.TEXT_DOCUMENT_RENAME)
    def renamed(params: types.RenameParams) -> types.WorkspaceEdit | None:
        project, symbol = server.symbol(params.text_document.uri, params.position)
        if symbol is None:
            return None
        try:
            return navigation.rename(project, symbol, params.new_name)
        except navigation.CannotRenameError as error:
            raise JsonRpcInvalidParams(str(error)) from error

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def outlined(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        project = server.projects.project(params.text_document.uri)
        return navigation.outline(project, project.name(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatted(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        project = server.projects.project(params.text_document.uri)
        file = project.name(params.text_document.uri)
        text = project.text(file)
        # What does not parse comes back as it was: its findings are shown already.
        layout = (format_calls if file.endswith(".call") else format_flow)(text, file).text
        whole = types.Range(types.Position(0, 0), types.Position(text.count("\n") + 1, 0))
        return [] if layout == text else [types.TextEdit(whole, layout)]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    def acted(params: types.CodeActionParams) -> list[types.CodeAction]:
        return fixes(params.text_document.uri, list(params.context.diagnostics))

    return server
