// Starts `flowengine lsp` and hands the editor over to it; everything else is the server's.
import { ExtensionContext, window, workspace } from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const [command, ...args] = workspace.getConfiguration("flowengine").get<string[]>("command", ["flowengine", "lsp"]);
  if (command === undefined) {
    void window.showErrorMessage("flowengine.command is empty: it names the command that starts the language server.");
    return;
  }
  const server: ServerOptions = { command, args };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "flow" }, { language: "flow-call" }],
    synchronize: { fileEvents: workspace.createFileSystemWatcher("**/{*.flow,*.call,*.po,flowengine.toml}") },
  };
  client = new LanguageClient("flowengine", "Flowengine", server, options);
  context.subscriptions.push(client);
  try {
    await client.start();
  } catch (error) {
    void window.showErrorMessage(`Flowengine could not start ${command}: ${String(error)}. Is it installed?`);
  }
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
