// ScheduleExplorer: a learning rate that changes with time, chosen or drawn by hand, and the loss that it leaves.

function render() {}

export default { render };
