using System.CommandLine;
using Faultline.Cli.Commands;
using Faultline.Engine;
using Faultline.Engine.Search.Checkpoints;
using Faultline.Real.Lab;
using Faultline.Real.Runs;

namespace Faultline.Cli;

/// <summary>The <c>faultline</c> tool.</summary>
internal static class Program
{
    /// <summary>Runs a command line.</summary>
    public static async Task<int> Main(string[] arguments)
    {
        ParseResult parsed = Root().Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                Console.Error.WriteLine($"faultline: {error.Message}");
            }

            Console.Error.WriteLine("faultline: 'faultline --help' lists the commands, 'faultline COMMAND --help' its options");
            return ExitCode.BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (InputException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.BadInput;
        }
        catch (CheckpointException e)
        {
            Console.Error.WriteLine($"faultline: {e.Message}");
            return ExitCode.BadInput;
        }
        catch (LabException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.BadInput;
        }
        catch (RunException e)
        {
            Console.Error.WriteLine($"faultline: {e.Message}");
            return ExitCode.BadInput;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("faultline: interrupted");
            return ExitCode.Incomplete;
        }
        catch (ModelException e)
        {
            Console.Error.WriteLine($"faultline: a defect of the model, not of the test: {e.Message}");
            return ExitCode.Incomplete;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"faultline: output failed: {e.Message}");
            return ExitCode.Incomplete;
        }
    }

    private static RootCommand Root() =>
        new("Litmus tests for page faults: every interleaving of a small program on a model of Linux's DAX fault path.")
        {
            CheckCommand.Create(),
            MatrixCommand.Create(),
            ExplainCommand.Create(),
            ReplayCommand.Create(),
            CostCommand.Create(),
            TraceCommand.Create(),
            KernelsCommand.Create(),
            ReproCommand.Create(),
            RunCommand.Create(),
            LabCommand.Create(),
            ForceCommand.Create(),
        };
}
