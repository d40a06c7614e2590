using System.CommandLine;
using Faultline.Kernel.Versions;
using Spectre.Console;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline kernels</c>: the modelled versions and what tells them apart.</summary>
internal static class KernelsCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("kernels", "List the modelled kernel versions and their behaviours.");
        command.SetAction(_ => Run());
        return command;
    }

    private static int Run()
    {
        Table table = new Table().Border(TableBorder.Ascii2).AddColumn("behaviour");
        foreach (KernelVersion version in KernelVersions.All)
        {
            table.AddColumn(new TableColumn(version.Name).NoWrap());
        }

        foreach (System.Reflection.PropertyInfo behaviour in typeof(KernelVersion).GetProperties().Where(p => p.PropertyType.IsEnum && p.Name != nameof(KernelVersion.Mutation)))
        {
            table.AddRow([behaviour.Name, .. KernelVersions.All.Select(v => behaviour.GetValue(v)!.ToString()!)]);
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        console.Profile.Width = 260;
        console.Write(table);
        return ExitCode.AsExpected;
    }
}
