using System.CommandLine;
using Faultline.Real.Lab;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline lab prepare</c>: gets a kernel and makes it ready to boot.</summary>
internal sealed class LabPrepareCommand
{
    /// <summary>The suite that has the newest kernels.</summary>
    public const string DefaultSuite = "trixie-backports";

    private readonly Argument<string[]> versions = new("V")
    {
        Description = "A kernel version such as 6.1, 6.12, 6.18 or 7.3 (the newest package of it), a whole release, or 'newest'.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> suite = new("--suite")
    {
        Description = "The Debian suite to ask for what this machine's own suites do not have.",
        HelpName = "SUITE",
        DefaultValueFactory = _ => DefaultSuite,
    };

    private readonly Option<bool> again = new("--again") { Description = "Make it anew even if it is ready." };
    private readonly Option<string> image = new("--kernel-image") { Description = "A kernel of your own: its bzImage.", HelpName = "FILE" };
    private readonly Option<string> modules = new("--modules")
    {
        Description = "Its modules: the folder lib/modules/RELEASE that 'make modules_install' wrote.",
        HelpName = "DIR",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new LabPrepareCommand();
        var command = new Command("prepare", "Get kernels by Debian package, or take your own, and make them ready to boot. Nothing is installed.")
        {
            it.versions, it.suite, it.again, it.image, it.modules,
        };
        command.SetAction(LabCommand.Interruptible(it.Run));
        return command;
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        string? own = parsed.GetValue(image), folder = parsed.GetValue(modules);
        string[] named = parsed.GetValue(versions) ?? [];
        if ((own is null) != (folder is null) || (own is null) == (named.Length == 0))
        {
            throw new InputException("faultline: lab prepare takes kernel versions, or --kernel-image and --modules");
        }

        var lab = new KernelLab(LabCommand.Say);
        if (own is not null)
        {
            Report(await lab.PrepareOwn(own, folder!, cancellation));
        }

        foreach (string name in named)
        {
            Report(await lab.Prepare(name, parsed.GetValue(suite)!, parsed.GetValue(again), cancellation));
        }

        return ExitCode.AsExpected;
    }

    private static void Report(Manifest kernel) =>
        Console.Out.WriteLine($"{kernel.Release} is ready ({kernel.Package}; boots with {kernel.Accelerator})");
}
