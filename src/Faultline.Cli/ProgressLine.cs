using Faultline.Engine.Search;

namespace Faultline.Cli;

/// <summary>One line on standard error that says where the search stands; silent when that is not a terminal.</summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly bool shown = !Console.IsErrorRedirected;
    private readonly Lock gate = new();
    private DateTime next = DateTime.UtcNow + Interval;
    private bool dirty;

    /// <summary>Shows where a search stands, at most four times a second.</summary>
    public void Show(SearchProgress where)
    {
        if (!shown || DateTime.UtcNow < next)
        {
            return;
        }

        lock (gate)
        {
            next = DateTime.UtcNow + Interval;
            dirty = true;
            double seconds = Math.Max(where.Elapsed.TotalSeconds, 1e-3);
            Console.Error.Write(where.Schedules is { } schedules
                ? $"\r{Schedules(schedules, where.SchedulesWanted),-40}  {schedules / seconds,9:N0} schedules/s  {where.Transitions / seconds / 1e6,5:F1} M steps/s"
                    + $"  {where.States,8:N0} ends  {seconds,6:F0} s"
                : $"\r{where.States,13:N0} states  {where.Transitions / seconds / 1e6,5:F1} M steps/s  depth {where.Depth,6:N0}"
                + $"  frontier {where.Frontier,8:N0}  {seconds,6:F0} s  left: unknown ");
        }
    }

    private static string Schedules(long done, long wanted) =>
        wanted == long.MaxValue ? $"{done,13:N0} schedules" : $"{done,13:N0} of {wanted:N0} schedules";

    /// <summary>Shows how many of many things are done.</summary>
    public void Show(int done, int all, string what) => Show($"{done,6:N0} of {all:N0}  {what}");

    /// <summary>Shows where work stands, in words.</summary>
    public void Show(string what)
    {
        if (!shown || DateTime.UtcNow < next)
        {
            return;
        }

        lock (gate)
        {
            next = DateTime.UtcNow + Interval;
            dirty = true;
            Console.Error.Write($"\r{what,-109}");
        }
    }

    /// <summary>Shows how many things of a number not known are done.</summary>
    public void Show(int done, string what) => Show($"{done,6:N0} {what}");

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        lock (gate)
        {
            if (dirty)
            {
                Console.Error.Write("\r" + new string(' ', 110) + "\r");
                dirty = false;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();
}
