using System.CommandLine;
using Faultline.Kernel.Versions;
using Faultline.Real;
using Faultline.Real.Lab;
using Spectre.Console;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline lab</c>: real kernels in QEMU.</summary>
internal static class LabCommand
{
    /// <summary>The command.</summary>
    public static Command Create() =>
        new("lab", "Real, unmodified kernels in QEMU with persistent memory: get them, run tests on them.")
        {
            LabPrepareCommand.Create(), List(), LabRunCommand.Create(), LabConformCommand.Create(), LabConformCommand.CreateReplay(),
        };

    /// <summary>Says on standard error what goes on, so that the output stays the result.</summary>
    public static void Say(string what) => Console.Error.WriteLine($"faultline: {what}");

    /// <summary>An action that ends with <see cref="ExitCode.Incomplete"/> when it is interrupted: left to the parser, the exit code is a race.</summary>
    public static Func<ParseResult, CancellationToken, Task<int>> Interruptible(Func<ParseResult, CancellationToken, Task<int>> action) =>
        async (parsed, cancellation) =>
        {
            await Task.Yield(); // signals are caught only once an action has given up its thread
            try
            {
                return await action(parsed, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                Console.Error.WriteLine("faultline: interrupted");
                return ExitCode.Incomplete;
            }
        };

    /// <summary>The modelled version that stands for a kernel.</summary>
    /// <exception cref="InputException">It is older than all.</exception>
    public static KernelVersion ModelOf(Manifest kernel) => RunningKernel.Nearest(kernel.Release, KernelVersions.All)
        ?? throw new InputException($"faultline: kernel {kernel.Release} is older than every modelled one, so there is nothing to compare with");

    private static Command List()
    {
        var command = new Command("list", "The kernels that are ready, and where they are.");
        command.SetAction(_ =>
        {
            Table table = new Table().Border(TableBorder.Ascii2).AddColumns("kernel", "from", "boots with", "MiB");
            long total = 0;
            foreach (Manifest kernel in LabCache.All())
            {
                long bytes = kernel.Files.Sum(f => f.Bytes);
                total += bytes;
                table.AddRow(kernel.Release, kernel.Package, kernel.Accelerator, $"{bytes >> 20}");
            }

            foreach (string damaged in LabCache.Damaged())
            {
                Console.Error.WriteLine($"faultline: {LabCache.Folder(damaged)} has no readable manifest; 'faultline lab prepare --again {damaged}' makes it anew");
            }

            if (total == 0)
            {
                Console.Out.WriteLine("no kernel is ready; 'faultline lab prepare 6.12' gets one");
                return ExitCode.AsExpected;
            }

            IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
            console.Profile.Width = Math.Max(Terminal.Width, 120);
            console.Write(table);
            Console.Out.WriteLine(LabCache.Root);
            return ExitCode.AsExpected;
        });
        return command;
    }
}
