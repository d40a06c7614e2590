using System.CommandLine;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using Faultline.Real;
using Faultline.Real.Agent;
using Faultline.Real.Conformance;
using Faultline.Real.Lab;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline lab conform</c>: tests of one thread, step by step on a real kernel and on the model.</summary>
internal sealed class LabConformCommand
{
    private readonly Argument<string> version = new("V") { Description = "A prepared kernel, such as 6.12." };
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();
    private readonly Option<int> count = new("--count") { Description = "So many random tests.", HelpName = "N", DefaultValueFactory = _ => 2000 };
    private readonly Option<int> seed = new("--seed") { Description = "The same seed gives the same tests.", HelpName = "N", DefaultValueFactory = _ => 1 };

    public static Command Create()
    {
        var it = new LabConformCommand();
        var command = new Command("conform", "Run random tests of one thread step by step on a real kernel, and compare with the model after each step.")
        {
            it.version, it.filesystem, it.count, it.seed,
        };
        command.SetAction(it.Run);
        return command;
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        Manifest kernel = await new KernelLab(LabCommand.Say).Prepare(parsed.GetValue(version)!, LabPrepareCommand.DefaultSuite, again: false, cancellation);
        KernelVersion model = RunningKernel.Nearest(kernel.Release, KernelVersions.All)!;
        await using Guest guest = await Guest.Boot(kernel, new GuestOptions(2, kernel.Accelerator), cancellation);
        await AgentBinary.Put(guest.Share, cancellation);
        int code = 0;
        foreach (FilesystemKind fs in Inputs.Filesystems(parsed.GetValue(filesystem) ?? []))
        {
            var generator = new SequenceGenerator(parsed.GetValue(seed));
            var sequences = new List<(Sequence Sequence, UserProgram Program)>();
            int refused = 0;
            while (sequences.Count < parsed.GetValue(count))
            {
                Sequence next = generator.Next();
                if (next.Compile($"t{sequences.Count}") is { } program)
                {
                    sequences.Add((next, program));
                }
                else
                {
                    refused++;
                    if (refused > 100000) throw new InputException(next.ToLitmus("x"));
                }
            }

            string folder = await guest.Mount(Inputs.Name(fs), reflink: false, cancellation);
            long t0 = Environment.TickCount64;
            var views = await new GuestViews(guest, folder).Run([.. sequences.Select(s => s.Program)], cancellation);
            Console.Error.WriteLine($"{refused} refused, guest {Environment.TickCount64 - t0} ms");
            t0 = Environment.TickCount64;
            int bad = 0, alloc = 0;
            for (int i = 0; i < views.Count; i++)
            {
                var lines = ModelViews.Of(sequences[i].Program, model, fs);
                var cmp = Views.Compare(sequences[i].Program, lines, views[i]); int d = cmp.Difference; alloc += cmp.Allocated >= 0 ? 1 : 0;
                if (d >= 0)
                {
                    bad++;
                    if (bad <= 400)
                    {
                        Console.WriteLine($"--- {i} {fs} " + string.Join("; ", sequences[i].Sequence.Declarations));
                        for (int j = 0; j <= d; j++)
                        {
                            Console.WriteLine($"  {sequences[i].Sequence.Operations[j],-34} kernel {views[i].ElementAtOrDefault(j)}");
                            if (j == d)
                            {
                                Console.WriteLine($"  {"",-34} model  {lines.ElementAtOrDefault(j)}");
                            }
                        }
                    }
                }
            }

            Console.Error.WriteLine($"{fs}: {bad} of {views.Count} differ, {alloc} allocators; model {Environment.TickCount64 - t0} ms");
            code = bad > 0 ? 1 : code;
        }

        return code;
    }
}
