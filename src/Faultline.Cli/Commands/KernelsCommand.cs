using System.CommandLine;
using Faultline.Explain.Versions;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline kernels</c>: the modelled versions and what tells them apart.</summary>
internal static class KernelsCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var table = new Option<bool>("--table") { Description = "Print each behaviour with the versions that have each of its values." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document: every behaviour of every version." };
        var command = new Command("kernels", "List the modelled kernel versions and the commits that each brought.") { table, json };
        command.SetAction(parsed => Run(parsed.GetValue(table), parsed.GetValue(json)));
        return command;
    }

    private static int Run(bool table, bool json)
    {
        if (json)
        {
            using Stream output = Console.OpenStandardOutput();
            VersionList.Document().Write(output);
        }
        else
        {
            Terminal.Write(table ? VersionList.Table(Terminal.Width) : VersionList.Lines(Terminal.Width));
        }

        return ExitCode.AsExpected;
    }
}
